# sudo docker/debian-host.sh CONTEXT/rootfs.tar     (CONTEXT: any empty directory)
# docker build -f docker/debian-host.Dockerfile -t keras-matrix/debian CONTEXT
#
# The bottom of every image where no registry answers.
FROM scratch
ADD rootfs.tar /
CMD ["/bin/sh"]
