#!/bin/sh
# Makes the root file system that docker/debian-host.Dockerfile adds, where no registry answers:
#   sudo docker/debian-host.sh CONTEXT/rootfs.tar
# A minimal Debian plus the shared libraries that CPython's own extension modules want. Takes
# half a minute and needs root, debootstrap and a Debian mirror (DEBIAN_MIRROR, else
# debootstrap's default). The file appears whole or not at all.
set -eu

suite=bookworm
# libgomp1 is for packages that were built with OpenMP and don't bring it along.
packages=libssl3,libffi8,libsqlite3-0,libbz2-1.0,liblzma5,libreadline8,zlib1g,libexpat1,libuuid1
packages=$packages,libnsl2,libtirpc3,libgomp1

out=${1:?usage: debian-host.sh OUT.tar}
work=$(mktemp -d "$(dirname "$out")/rootfs.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

# Quoting would turn an absent mirror into an empty argument.
debootstrap --variant=minbase --include="$packages" "$suite" "$work/root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}

cd "$work/root"
rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* var/cache/debconf/* \
    usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/lintian \
    debootstrap dev/* proc/* sys/* tmp/* run/*
mkdir -p var/lib/apt/lists/partial var/cache/apt/archives/partial
cd - > /dev/null

tar -C "$work/root" --sort=name --numeric-owner -cf "$work/rootfs.tar" .
mv "$work/rootfs.tar" "$out"
