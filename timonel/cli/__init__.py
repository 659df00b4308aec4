"""La consola de Timonel. Cada orden se carga al pedirla; los errores salen siempre en español y con código."""

import sys
from contextlib import nullcontext, suppress
from typing import Any

from dominio.errores import ErrorTimonel

EPILOGO = (
    "Con --json cada orden que informa termina con un objeto JSON en una línea. Salidas: 0 hecho, 1 la comprobación "
    "halló fallos, 2 uso o configuración, 3 un servicio no responde. «timonel --version» dice la versión."
)


def principal(argv: "list[str] | None" = None) -> int:
    """Devuelve el estado de salida de la orden de ``argv`` (por defecto, la de la consola)."""
    args = list(sys.argv[1:] if argv is None else argv)
    for flujo in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # un terminal sin «ñ» enseña «?», no una traza
            flujo.reconfigure(errors="replace")  # type: ignore[union-attr]
    from timonel.cli.errores import contar

    try:
        return _correr(args)
    except SystemExit as fin:
        return fin.code if isinstance(fin.code, int) else int(fin.code is not None)
    except KeyboardInterrupt:
        return 130
    except Exception as fallo:  # la única salida de cualquier error: una frase en español y un código
        return contar(fallo, con_json="--json" in args)


def _correr(args: list[str]) -> int:
    if args == ["--version"]:
        from importlib.metadata import version

        sys.stdout.write(f"timonel {version('timonel')}\n")
        return 0
    from timonel.cli.parada import orden_directa, parar
    from timonel.fichero_env import cargar
    from timonel.rutas import fichero_env

    directa = orden_directa(args)
    with suppress(ErrorTimonel) if directa else nullcontext():  # un .env ilegible no impide parar
        cargar(fichero_env())
    if directa is not None:
        parar(*directa)
        return 0
    from timonel.cli.grupo import Grupo
    from timonel.cli.registro import ORDENES

    raiz = Grupo("timonel", "Plataforma de trading autoalojada.", ORDENES, EPILOGO)
    valor: Any = raiz.main(args, prog_name="timonel", standalone_mode=False)
    return valor if isinstance(valor, int) else 0


if __name__ == "__main__":
    raise SystemExit(principal())
