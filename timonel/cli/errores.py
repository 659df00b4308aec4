"""De cualquier excepción a una frase en español con su código y su salida. Decide la clase, nunca el texto."""

import difflib
import os
import re
import sys
import traceback
from typing import Any

from dominio.errores import ErrorPermanente, ErrorServicio, ErrorTimonel, ErrorUsuario
from timonel.cli.salida import avisar, emitir
from timonel.rutas import carpeta_datos

_VALORES = {
    "int_parsing": "debe ser un número entero",
    "int_from_float": "debe ser un número entero",
    "float_parsing": "debe ser un número",
    "decimal_parsing": "debe ser un número",
    "finite_number": "debe ser un número finito",
    "bool_parsing": "debe ser sí o no",
    "greater_than": "es demasiado pequeño",
    "greater_than_equal": "es demasiado pequeño",
    "less_than": "es demasiado grande",
    "less_than_equal": "es demasiado grande",
}
_SECRETAS = re.compile(r"(TOKEN|CLAVE|SECRET|PASSWORD|API_KEY)")


def contar(fallo: BaseException, *, con_json: bool) -> int:
    """Cuenta un error a quien dio la orden y devuelve el estado de salida."""
    error = traducir(fallo)
    avisar(redactar(str(error)))
    if con_json:
        datos = error.como_dict()
        datos["detalle"] = {clave: redactar(str(valor)) for clave, valor in datos["detalle"].items()}
        emitir({"error": datos})
    return error.salida


def traducir(fallo: BaseException) -> ErrorTimonel:
    """Devuelve el error de Timonel que corresponde; lo inesperado se guarda en el registro y es INT-01."""
    if isinstance(fallo, ErrorTimonel):
        return fallo
    return _de_uso(fallo) or _de_base(fallo) or _de_fichero(fallo) or _interno(fallo)


def _de_uso(fallo: BaseException) -> ErrorTimonel | None:
    from typer import Abort
    from typer._click import exceptions as click

    if isinstance(fallo, Abort):
        return ErrorUsuario(
            "USO-09", "Faltó contestar a una pregunta.", "Dé la respuesta con las opciones de la orden."
        )
    if not isinstance(fallo, click.UsageError):
        return None
    ayuda = f"Vea «{fallo.ctx.command_path} --help»." if fallo.ctx else "Vea «timonel --help»."
    if isinstance(fallo, click.NoSuchOption):
        opciones = [opcion for p in fallo.ctx.command.params for opcion in p.opts] if fallo.ctx else []
        pista = parecido(fallo.option_name, opciones) or ayuda
        return ErrorUsuario("USO-01", f"La opción «{fallo.option_name}» no existe.", pista)
    if isinstance(fallo, click.MissingParameter):
        return ErrorUsuario("USO-03", f"Falta {_nombre(fallo.param)}.", ayuda)
    if isinstance(fallo, click.BadOptionUsage):
        return ErrorUsuario(
            "USO-04", f"La opción «{fallo.option_name}» está mal usada: le falta el valor o no lo admite.", ayuda
        )
    if isinstance(fallo, click.BadParameter):
        return ErrorUsuario("USO-05", f"El valor de {_nombre(fallo.param)} no vale: {_motivo(fallo)}.", ayuda)
    return ErrorUsuario("USO-08", "La orden no está completa.", ayuda)


def parecido(escrito: str, posibles: "list[str]") -> str:
    """Devuelve «¿Quiso decir «x»?» si algo se parece; si no, cadena vacía."""
    cerca = difflib.get_close_matches(escrito, posibles, n=1)
    return f"¿Quiso decir «{cerca[0]}»?" if cerca else ""


def _nombre(parametro: Any) -> str:
    if parametro is None:
        return "un dato"
    if parametro.param_type_name == "option":
        return f"«{max(parametro.opts, key=len)}»"
    return f"«{(parametro.metavar or parametro.name or '').upper()}»"


def _motivo(fallo: BaseException) -> str:
    opciones = getattr(getattr(getattr(fallo, "param", None), "type_descriptor", None), "choices", None)
    if opciones:
        return f"debe ser uno de: {', '.join(str(getattr(opcion, 'value', opcion)) for opcion in opciones)}"
    causa: Any = fallo.__cause__
    tipos = [error["type"] for error in causa.errors()] if hasattr(causa, "errors") else []
    return _VALORES.get(tipos[0] if tipos else "", "no se entiende")


def _de_base(fallo: BaseException) -> ErrorTimonel | None:
    if "django.db" not in sys.modules:
        return None
    from django.db import DatabaseError, InterfaceError, OperationalError

    # Las demás subclases (integridad, programación) son fallos nuestros: van al registro.
    if not isinstance(fallo, OperationalError | InterfaceError) and type(fallo) is not DatabaseError:
        return None
    anotar(fallo)
    return ErrorServicio(
        "SRV-BD2",
        "La base de datos no responde o no se puede leer.",
        "Ejecute «timonel doctor»; el detalle está en registros/errores.log de la carpeta de datos.",
        causa=type(fallo).__name__,
    )


def _de_fichero(fallo: BaseException) -> ErrorTimonel | None:
    if not isinstance(fallo, OSError) or fallo.filename is None:
        return None
    ruta = os.fspath(fallo.filename) if not isinstance(fallo.filename, int) else "(abierto)"
    porque = "no hay permiso" if isinstance(fallo, PermissionError) else "el sistema no deja"
    if isinstance(fallo, FileNotFoundError):
        porque = "no existe"
    return ErrorUsuario("FIC-01", f"No se puede usar {ruta}: {porque}.", "Revise el nombre, los permisos y el espacio.")


def _interno(fallo: BaseException) -> ErrorTimonel:
    donde = f"El detalle está en {ruta}." if (ruta := anotar(fallo)) else "No se pudo guardar el detalle."
    return ErrorPermanente("INT-01", "Fallo interno de Timonel.", f"{donde} Guárdelo para pedir ayuda.")


def anotar(fallo: BaseException) -> str | None:
    """Guarda la traza, sin secretos, en ``registros/errores.log`` y devuelve su ruta, o None si no se pudo."""
    ruta = carpeta_datos() / "registros" / "errores.log"
    texto = redactar("".join(traceback.format_exception(fallo)))
    try:
        ruta.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(ruta, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as registro:
            registro.write(f"--- {_ahora()} {' '.join(sys.argv[1:2])}\n{texto}")
    except OSError:
        return None
    return str(ruta)


def _ahora() -> str:
    from dominio.reloj import RelojSistema

    return RelojSistema().ahora().isoformat(timespec="seconds")


def redactar(texto: str) -> str:
    """Devuelve el texto sin los valores secretos del entorno ni la clave de la dirección de la base."""
    for nombre, valor in os.environ.items():
        if (
            nombre.startswith("TIMONEL_")
            and _SECRETAS.search(nombre)
            and len(valor) >= 4
            and not nombre.endswith("_FILE")
        ):
            texto = texto.replace(valor, "•••")
    return re.sub(r"(://[^\s:/@]+:)[^\s@]+@", r"\1•••@", texto)
