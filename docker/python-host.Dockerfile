# docker build -f docker/python-host.Dockerfile --build-arg VERSION=3.7 -t keras-matrix/python:3.7 CONTEXT
# CONTEXT is the prefix of an interpreter of this machine, e.g. ~/.pyenv/versions/3.7.16.
#
# Python from the host, for machines without a registry. The engine sends only what is copied
# here and leaves out what is removed below; by hand those bytes stay in a lower layer.
ARG DEBIAN=keras-matrix/debian
FROM ${DEBIAN}
ARG VERSION
COPY bin/python${VERSION} /usr/local/bin/
COPY include/ /usr/local/include/
COPY lib/ /usr/local/lib/
# Installed packages, tests and bytecode of the host don't belong in a cell. Bytecode is made
# anew, since at run time the root is read-only and every start would compile again.
RUN set -e; \
    cd /usr/local/lib/python${VERSION}; \
    rm -rf site-packages test tests */test */tests idlelib turtledemo config-*/*.a; \
    find . -name __pycache__ -prune -exec rm -rf {} +; \
    find . -name "*.py[co]" -delete; \
    ldconfig; \
    ln -s python${VERSION} /usr/local/bin/python; \
    python${VERSION} -m ensurepip; \
    python${VERSION} -m compileall -q . > /dev/null || true; \
    rm -rf /root/.cache
RUN useradd --uid 1000 --user-group --no-create-home --home-dir /tmp --shell /bin/sh probe; \
    mkdir -p /harness/work /harness/tools /harness/cache
ENV LANG=C.UTF-8
CMD ["python"]
