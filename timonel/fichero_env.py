"""El fichero ``.env``: se lee sin pisar lo que ya está en el entorno y se escribe sin perder ninguna línea ajena."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dominio.errores import ErrorConfiguracion

_LINEA = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_SENCILLO = re.compile(r"^[A-Za-z0-9_./:@%+,=~-]*$")


def leer(ruta: Path) -> dict[str, str]:
    """Devuelve las variables del fichero; vacío si no existe.

    Raises:
        ErrorConfiguracion: ENV-01 si existe y no se puede leer.
    """
    try:
        texto = ruta.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "ENV-01", f"No se puede leer {ruta}.", "Revise sus permisos y que sea texto."
        ) from fallo
    return {m[1]: _valor(m[2]) for linea in texto.splitlines() if (m := _LINEA.match(linea))}


def cargar(ruta: Path) -> None:
    """Pone en el entorno las variables del fichero que no estén ya: el entorno manda."""
    for nombre, valor in leer(ruta).items():
        os.environ.setdefault(nombre, valor)


def escribir(ruta: Path, valores: Mapping[str, str]) -> None:
    """Cambia o añade esas variables, deja igual las demás líneas y deja el fichero legible solo por su dueño.

    El cambio es de una vez: se escribe al lado y se pone en su sitio.

    Raises:
        ErrorConfiguracion: ENV-01 si no se puede leer, ENV-02 si no se puede escribir, ENV-03 si un valor trae saltos.
    """
    if any("\n" in valor or "\r" in valor for valor in valores.values()):
        raise ErrorConfiguracion("ENV-03", "Un valor trae un salto de línea.", "Escríbalo en una sola línea.")
    leer(ruta)
    pendientes = dict(valores)
    lineas = []
    for linea in ruta.read_text(encoding="utf-8").splitlines() if ruta.exists() else []:
        nombre = m[1] if (m := _LINEA.match(linea)) else None
        lineas.append(f"{nombre}={_citar(pendientes.pop(nombre))}" if nombre in pendientes else linea)
    lineas += [f"{nombre}={_citar(valor)}" for nombre, valor in pendientes.items()]
    escribir_privado(ruta, "\n".join(lineas) + "\n")


def escribir_privado(ruta: Path, texto: str) -> None:
    """Escribe un fichero 0600, de una vez. Raises ErrorConfiguracion (ENV-02) si el sistema no deja."""
    temporal = ruta.with_name(f".{ruta.name}.{os.getpid()}")
    try:
        ruta.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporal, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as salida:
            salida.write(texto)
        temporal.replace(ruta)
    except OSError as fallo:
        temporal.unlink(missing_ok=True)
        raise ErrorConfiguracion("ENV-02", f"No se puede escribir {ruta}.", "Revise permisos y espacio.") from fallo


def _valor(texto: str) -> str:
    if len(texto) >= 2 and texto[0] == texto[-1] and texto[0] in "'\"":
        return texto[1:-1]
    return texto.split(" #", 1)[0].rstrip()


def _citar(valor: str) -> str:
    if _SENCILLO.match(valor):
        return valor
    return f'"{valor}"' if "'" in valor else f"'{valor}'"
