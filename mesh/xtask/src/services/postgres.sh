# Makes, runs and removes one PostgreSQL cluster.
# Settings: KEEPER_PREFIX (what runs a command as the server's user), KEEPER_PROGRAMS, KEEPER_FOLDER, KEEPER_PORT,
# KEEPER_OPTIONS (of the server).
set -eu
trap 'rm -rf "$KEEPER_FOLDER"; rmdir "$(dirname "$KEEPER_FOLDER")" 2>/dev/null || true' EXIT
if [ -n "$KEEPER_PREFIX" ]; then chown postgres "$KEEPER_FOLDER"; fi
cd "$KEEPER_FOLDER"

server() { $KEEPER_PREFIX "$KEEPER_PROGRAMS/$@" >>log 2>&1; }

server initdb --pgdata="$KEEPER_FOLDER/data" --username=ticketmesh --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
server pg_ctl --pgdata="$KEEPER_FOLDER/data" --wait start --options="-p $KEEPER_PORT -h 127.0.0.1 -k '' \
    $KEEPER_OPTIONS -c max_connections=400 -c max_wal_size=4GB"
echo ready
cat >/dev/null
# Clients that are themselves stopping get a moment to finish.
server pg_ctl --pgdata="$KEEPER_FOLDER/data" --mode=smart --timeout=20 stop ||
    server pg_ctl --pgdata="$KEEPER_FOLDER/data" --mode=immediate stop
