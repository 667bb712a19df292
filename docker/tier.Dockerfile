# docker build -f docker/tier.Dockerfile --network keras-matrix --build-arg PARENT=keras-matrix/python:3.7 --build-arg LOCK=NAME.txt --build-arg INDEX=URL -t NAME docker/locks
# PARENT is a Python or a lower tier, NAME.txt a lock, URL a package index that the build can reach (with --network host: your usual one).
#
# One tier: the packages of one lock on top of its parent. The engine gets the same packages
# faster, by uv in a container that it commits; a test compares the two.
ARG PARENT
FROM ${PARENT}
ARG LOCK
ARG INDEX
COPY ${LOCK} /tmp/lock.txt
RUN python -m pip --isolated --no-cache-dir --disable-pip-version-check install \
      --no-deps --require-hashes --no-warn-script-location \
      --index-url "${INDEX}" --trusted-host "$(echo "${INDEX}" | sed -E 's#^[a-z]+://([^/:]+).*#\1#')" \
      -r /tmp/lock.txt && rm /tmp/lock.txt
