#!/bin/sh
# Deja un Chromium listo para las pruebas del panel y las capturas, y escribe su ruta.
#
#   scripts/navegador.sh [--mirar]
#
# Busca uno instalado. Si no hay y el sistema usa apt, lo instala: como root, en el sistema; si no, descarga los
# paquetes y los desempaqueta en .navegador/, sin tocar nada fuera de esta carpeta. «--mirar» solo busca.
# Sale con 0 si hay navegador y con 3, diciendo por qué, si no lo hay.
set -eu

RAIZ=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
PRIVADO="$RAIZ/.navegador"
REGISTRO="$PRIVADO/registro.log"
# El node que trae Playwright necesita libatomic1; las letras, alguna fuente.
PAQUETES="chromium fonts-dejavu-core libatomic1"

fallar() { # código, frase, qué hacer
    printf '%s: %s %s\n' "$1" "$2" "$3" >&2
    exit 3
}

buscar() {
    for ruta in "${NAVEGADOR_RUTA:-}" "$PRIVADO/chromium" /usr/bin/chromium /usr/bin/chromium-browser \
        /usr/bin/google-chrome; do
        [ -n "$ruta" ] && [ -x "$ruta" ] && printf '%s\n' "$ruta" && return 0
    done
    return 1
}

instalar_en_el_sistema() {
    apt-get update >>"$REGISTRO" 2>&1 || true
    # shellcheck disable=SC2086 # son tres paquetes
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $PAQUETES >>"$REGISTRO" 2>&1 ||
        fallar NAV-APT "apt no pudo instalar Chromium." "Detalle en $REGISTRO."
}

desempaquetar() {
    estado="$PRIVADO/estado"
    cache="$PRIVADO/cache"
    mkdir -p "$estado/lists/partial" "$cache/archives/partial"
    set -- -o "Dir::State=$estado" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$cache" \
        -o Debug::NoLocking=1 -o "APT::Sandbox::User="
    apt-get "$@" update >>"$REGISTRO" 2>&1 || fallar NAV-RED "apt no pudo leer sus índices." "Detalle en $REGISTRO."
    # shellcheck disable=SC2086
    apt-get "$@" install -y --no-install-recommends --download-only $PAQUETES >>"$REGISTRO" 2>&1 ||
        fallar NAV-APT "apt no pudo descargar Chromium." "Detalle en $REGISTRO."
    for paquete in "$cache"/archives/*.deb; do
        dpkg-deb -x "$paquete" "$PRIVADO/raiz"
    done
    rm -rf "$estado" "$cache"
    escribir_lanzador
}

escribir_lanzador() {
    fuentes="$PRIVADO/fuentes.conf"
    cat >"$fuentes" <<FIN
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$PRIVADO/raiz/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>$PRIVADO/cache-fuentes</cachedir>
</fontconfig>
FIN
    bibliotecas=$(find "$PRIVADO/raiz" -type d -path '*/lib/*-linux-gnu*' | sort | tr '\n' ':')
    cat >"$PRIVADO/chromium" <<FIN
#!/bin/sh
LD_LIBRARY_PATH="$bibliotecas\${LD_LIBRARY_PATH:-}"
FONTCONFIG_FILE="$fuentes"
export LD_LIBRARY_PATH FONTCONFIG_FILE
exec "$PRIVADO/raiz/usr/lib/chromium/chromium" "\$@"
FIN
    chmod +x "$PRIVADO/chromium"
}

buscar && exit 0
[ "${1:-}" != --mirar ] || fallar NAV-NO "No hay Chromium." "Instálelo (Debian: apt install chromium) o corra scripts/navegador.sh."
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fallar NAV-SO "Este sistema no usa apt." "Instale Chromium y diga su ruta con NAVEGADOR_RUTA."
mkdir -p "$PRIVADO"
: >"$REGISTRO"
echo "Preparando Chromium para las pruebas del panel (una sola vez, unos 150 MB)…" >&2
if [ "$(id -u)" = 0 ]; then
    instalar_en_el_sistema
else
    desempaquetar
fi
buscar || fallar NAV-NO "Chromium no quedó instalado." "Detalle en $REGISTRO."
