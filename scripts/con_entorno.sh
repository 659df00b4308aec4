#!/bin/sh
# Prepara el entorno si hace falta y ejecuta una orden dentro de él.
#
#   scripts/con_entorno.sh demo|test ORDEN [ARGUMENTOS…]
#
# Solo necesita Python 3.11–3.13, git y make. Un entorno privado (.uv/) guarda uv en una versión fija; uv instala lo que
# dice uv.lock en .venv/ (o donde diga UV_PROJECT_ENVIRONMENT). «demo» instala lo justo para operar; «test», todo.
# Todo va por el shell y no por objetivos de make: make no sabe tratar rutas con espacios.
set -eu

VERSION_UV=0.13.8
RAIZ=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$RAIZ"
ENTORNO=${UV_PROJECT_ENVIRONMENT:-.venv}
REGISTRO=.uv/preparacion.log
# El intérprete base, no el de un entorno virtual: uv no debe apoyarse en un entorno que pueda tener que rehacer.
PREGUNTA='import sys
ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
print(getattr(sys, "_base_executable", None) or sys.executable) if ok else sys.exit(1)'

fallar() { # código, frase, qué hacer, estado de salida
    printf '%s: %s %s\n' "$1" "$2" "$3" >&2
    exit "$4"
}

preguntar() { # ejecutable → ruta completa del intérprete real, si sirve
    # Preguntar al propio intérprete resuelve los lanzadores (pyenv, asdf): uv no los entiende.
    respuesta=$("$1" -c "$PREGUNTA" 2>/dev/null) && [ -x "$respuesta" ] && printf '%s\n' "$respuesta"
}

buscar_python() {
    if [ -n "${PY:-}" ]; then
        preguntar "$PY" && return
        fallar ENT-PY2 "PY=$PY no es un Python entre 3.11 y 3.13." "Indique otro o quite PY." 2
    fi
    # El del entorno ya creado, para no rehacerlo porque el PATH haya cambiado de orden.
    if [ -x "$ENTORNO/bin/python" ]; then
        preguntar "$ENTORNO/bin/python" && return
    fi
    for nombre in python3.11 python3.12 python3.13 python3; do
        resto=$PATH:
        while [ -n "$resto" ]; do
            carpeta=${resto%%:*}
            resto=${resto#*:}
            [ -x "${carpeta:-.}/$nombre" ] || continue
            preguntar "${carpeta:-.}/$nombre" && return
        done
    done
    fallar ENT-PY1 "No hay un Python entre 3.11 y 3.13 en el PATH." \
        "Instálelo (Debian y Ubuntu: apt install python3 python3-venv) o indique uno con PY=/ruta/python." 2
}

instalar_uv() {
    UV="$RAIZ/.uv/bin/uv"
    if [ "$("$UV" --version 2>/dev/null | cut -d' ' -f2)" = "$VERSION_UV" ]; then
        return
    fi
    rm -rf .uv
    mkdir .uv
    # Con venv y ensurepip, un entorno propio; sin ellos, el pip del sistema escribe en la misma carpeta.
    if "$PYTHON" -m venv .uv >.uv.log 2>&1; then
        quien=.uv/bin/python
        destino=
    elif "$PYTHON" -m pip --version >>.uv.log 2>&1; then
        rm -rf .uv
        mkdir .uv
        quien=$PYTHON
        destino="--target=$RAIZ/.uv"
    else
        rm -rf .uv .uv.log
        fallar ENT-VENV1 "A este Python le faltan venv y pip." \
            "Instálelos (Debian y Ubuntu: apt install python3-venv) y repita." 2
    fi
    mv .uv.log "$REGISTRO"
    "$quien" -m pip install --disable-pip-version-check --no-input --quiet ${destino:+"$destino"} \
        "uv==$VERSION_UV" >>"$REGISTRO" 2>&1 ||
        fallar ENT-RED1 "No se pudo descargar uv $VERSION_UV." \
            "Revise la conexión o el índice de paquetes (PIP_INDEX_URL); detalle en $REGISTRO." 3
    [ -x "$UV" ] || fallar ENT-UV1 "uv quedó sin ejecutable." "Borre la carpeta .uv y repita." 2
}

al_dia() { # sello → ¿es más nuevo que lo que decide qué se instala?
    [ -e "$1" ] && [ -x "$ENTORNO/bin/python" ] &&
        [ -z "$(find uv.lock pyproject.toml -newer "$1" 2>/dev/null)" ]
}

sincronizar() { # demo | test
    if al_dia "$ENTORNO/.test" || { [ "$1" = demo ] && al_dia "$ENTORNO/.demo"; }; then
        return
    fi
    if [ "$1" = demo ]; then
        echo "Preparando el entorno (la primera vez descarga unos 130 MB)…" >&2
        set -- demo --no-default-groups --inexact
    else
        echo "Preparando el entorno de pruebas (la primera vez descarga unos 500 MB)…" >&2
        set -- test
    fi
    grupo=$1
    shift
    if [ -t 2 ]; then
        "$UV" sync --frozen "$@" || fallo_de_descarga
    else
        "$UV" sync --frozen "$@" >>"$REGISTRO" 2>&1 || fallo_de_descarga
    fi
    : >"$ENTORNO/.$grupo"
}

fallo_de_descarga() {
    fallar ENT-RED2 "No se pudieron instalar las dependencias de uv.lock." \
        "Revise la conexión, el proxy y el espacio en disco; detalle en $REGISTRO." 3
}

case ${1:-} in
demo | test) grupo_pedido=$1 ;;
*) fallar ENT-USO1 "Uso: scripts/con_entorno.sh demo|test ORDEN…" "" 2 ;;
esac
shift

PYTHON=$(buscar_python) || exit $?
export UV_PYTHON="$PYTHON" UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
# El VIRTUAL_ENV de otro proyecto solo provoca avisos: aquí manda UV_PROJECT_ENVIRONMENT.
unset VIRTUAL_ENV
instalar_uv
sincronizar "$grupo_pedido"
[ $# -eq 0 ] || exec "$UV" run --frozen --no-sync -- "$@"
