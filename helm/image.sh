#!/bin/sh
# Lays out the root file system of the image: image.sh <binary> <folder>. Files of the machine it runs on are those of the image, so it
# is run on the base the binary was built on (Debian 12).
set -eu
binary=$1 folder=$2

mkdir -p "$folder/etc/ssl/certs" "$folder/etc/ticketmesh/keys" "$folder/var/lib/ticketmesh" "$folder/tmp"
cp "$binary" "$folder/ticketmesh"
strip --strip-all "$folder/ticketmesh"
# The loader and every library the binary names, at the paths it looks for them.
ldd "$binary" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$folder$(dirname "$library")"
    cp --dereference "$library" "$folder$library"
done
cp --dereference /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
echo 'ticketmesh:x:10001:10001:Ticketmesh:/var/lib/ticketmesh:/sbin/nologin' >"$folder/etc/passwd"
echo 'ticketmesh:x:10001:' >"$folder/etc/group"
# Names are looked up in files, then by DNS.
echo 'hosts: files dns' >"$folder/etc/nsswitch.conf"
chmod 1777 "$folder/tmp"
chown -R 10001:10001 "$folder/var/lib/ticketmesh" "$folder/etc/ticketmesh"
find "$folder" -exec touch --no-dereference --date=@0 {} +
