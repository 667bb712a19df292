# docker build -f docker/python-registry.Dockerfile --build-arg IMAGE=python:3.7-slim -t keras-matrix/python:3.7 CONTEXT
# CONTEXT is any empty directory. The engine gives IMAGE with the digest that it pulled.
#
# Python from a registry, where one answers.
ARG IMAGE
FROM ${IMAGE}
# The official image comes without bytecode; the root is read-only at run time.
RUN python -m compileall -q "$(python -c 'import os; print(os.path.dirname(os.__file__))')" > /dev/null || true
RUN useradd --uid 1000 --user-group --no-create-home --home-dir /tmp --shell /bin/sh probe; \
    mkdir -p /harness/work /harness/tools /harness/cache
ENV LANG=C.UTF-8
CMD ["python"]
