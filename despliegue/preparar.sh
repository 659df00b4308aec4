#!/bin/sh
# Crea secretos/ con claves al azar para compose.yaml. No sustituye nada que ya exista.
#
#   despliegue/preparar.sh [carpeta]
#
# Después, escriba en secretos/deriv_token (y en twilio_token y whatsapp_pin, si los usa) sus propias claves.
set -eu
umask 077
RAIZ=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
CARPETA=${1:-"$RAIZ/secretos"}
mkdir -p "$CARPETA" "$RAIZ/caddy"

azar() { # cuántos octetos: los escribe en hexadecimal
    od -An -tx1 -N"$1" /dev/urandom | tr -d ' \n'
}

poner() { # nombre, contenido: lo escribe si no existe
    [ -e "$CARPETA/$1" ] || printf '%s\n' "$2" >"$CARPETA/$1"
}

poner postgres_clave "$(azar 24)"
poner redis_clave "$(azar 24)"
poner clave_secreta "$(azar 40)"
poner base_de_datos "postgresql://timonel:$(cat "$CARPETA/postgres_clave")@postgres:5432/timonel"
poner redis_url "redis://:$(cat "$CARPETA/redis_clave")@redis:6379/0"
for suyo in deriv_token twilio_token whatsapp_pin; do
    [ -e "$CARPETA/$suyo" ] || : >"$CARPETA/$suyo"
done

# El par de llaves de los sobres: la privada la ve solo quien opera; la pública, el panel.
if [ ! -e "$CARPETA/llave_sobres" ]; then
    aparte=$(mktemp -d)
    if [ -x "$RAIZ/.venv/bin/timonel" ]; then
        TIMONEL_FICHERO_ENV=/dev/null TIMONEL_DATOS="$aparte" TIMONEL_LLAVE_SOBRES_FILE="$aparte/llave_sobres" \
            "$RAIZ/.venv/bin/timonel" configurar --llave >/dev/null
    else
        docker run --rm --user "$(id -u):$(id -g)" -v "$aparte:/datos" -e TIMONEL_DATOS=/datos \
            -e TIMONEL_LLAVE_SOBRES_FILE=/datos/llave_sobres timonel:local timonel configurar --llave >/dev/null
    fi
    mv "$aparte/llave_sobres" "$CARPETA/llave_sobres"
    mv "$aparte/llave_sobres.pub" "$CARPETA/llave_sobres_publica"
    rm -rf "$aparte"
fi

# Docker monta estos ficheros con su dueño: los leen el usuario de Timonel (10001) y los de PostgreSQL y Redis (999).
if [ "$(id -u)" = 0 ]; then
    chown 10001:10001 "$CARPETA"/*
    chown 10002:10002 "$RAIZ/caddy"
    chown 999:999 "$CARPETA/postgres_clave" "$CARPETA/redis_clave"
fi
chmod 0400 "$CARPETA"/*
chmod 0600 "$CARPETA/deriv_token" "$CARPETA/twilio_token" "$CARPETA/whatsapp_pin"
printf 'Secretos en %s.\n' "$CARPETA"
