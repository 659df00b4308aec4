"""Parada de emergencia que se basta sola: ``python -m timonel.alto [--bot X] [--cerrar] [--json]``.

No carga Django ni toca la base de datos: sirve cuando nada más funciona. Pone el fichero ALTO, que cada bot mira antes
de cada envío, y avisa con una señal a los procesos que operan. Con ``--cerrar`` vende además los contratos abiertos que
la sede recompre, solo con las credenciales de la sede. Nunca pide clave y nunca abre nada.
"""

import argparse
import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from bots.emergencia import poner_alto, ruta_bandera
from dominio.errores import ErrorDetener, ErrorServicio, ErrorTimonel, ErrorUsuario
from timonel.cli.bots_conocidos import exigir_conocido
from timonel.fichero_env import cargar
from timonel.rutas import carpeta_datos, fichero_env

if TYPE_CHECKING:
    from dominio.instrumentos import Entorno
    from integracion_deriv.cierre import Cierre

_USO = "Uso: python -m timonel.alto [--bot X] [--cerrar] [--json]"
_FRASES = {
    "vendido": "vendido por {cobrado}",
    "no_revendible": "la sede no lo recompra: se liquida solo",
    "fallo": "NO se pudo vender ({codigo}): véndalo en la página de la sede",
}


class _Opciones(argparse.ArgumentParser):
    """Las opciones, con sus errores en español."""

    def error(self, message: str) -> NoReturn:
        raise ErrorUsuario("USO-01", "Opciones no válidas.", f"{_USO}.")

    def format_help(self) -> str:
        return (
            f"{_USO}\n\n"
            "Detiene los bots sin base de datos ni clave.\n\n"
            "  --bot X    solo ese bot\n"
            "  --cerrar   vende además los contratos abiertos que la sede recompre\n"
            "  --json     un objeto JSON en la última línea\n"
        )


def principal(argv: "list[str] | None" = None) -> int:
    """Devuelve 0 si quedó detenido, 1 si algo no se pudo cerrar, 2 mal uso, 3 si no se pudo detener o no hay sede."""
    args = sys.argv[1:] if argv is None else argv
    try:
        return _correr(args)
    except ErrorTimonel as fallo:
        sys.stderr.write(f"{fallo}\n")
        if "--json" in args:
            _decir_json({"error": fallo.como_dict()})
        return fallo.salida


def _correr(args: list[str]) -> int:
    opciones = _Opciones(prog="timonel.alto", add_help=True, allow_abbrev=False)
    opciones.add_argument("--bot")
    opciones.add_argument("--cerrar", action="store_true")
    opciones.add_argument("--json", action="store_true")
    pedido = opciones.parse_args(args)
    with suppress(ErrorTimonel):  # .env puede decir dónde están los datos; ilegible, se para igual
        cargar(fichero_env())
    datos = carpeta_datos()
    if pedido.bot is not None:
        exigir_conocido(pedido.bot, datos)
    puesta, avisados = poner_alto(datos, pedido.bot, "alto de emergencia")
    resumen: dict[str, Any] = {
        "freno": "DETENIDO" if puesta or avisados else "SIN PONER",
        "bot": pedido.bot,
        "bandera": str(ruta_bandera(datos, pedido.bot)),
        "bandera_puesta": puesta,
        "avisados": avisados,
    }
    if not pedido.json:
        _decir_alto(resumen)
    if not puesta:
        raise ErrorServicio(
            "ALT-01",
            "No se pudo poner el fichero ALTO.",
            "Detenga los procesos y revise la carpeta de datos.",
            **resumen,
        )
    if pedido.cerrar:
        resumen["cierres"] = [_como_dict(cierre) for cierre in _cerrar(pedido.json)]
    if pedido.json:
        _decir_json(resumen)
    return int(any(cierre["resultado"] == "fallo" for cierre in resumen.get("cierres", ())))


def _cerrar(con_json: bool) -> "tuple[Cierre, ...]":
    """Vende lo que se pueda en la cuenta de las credenciales. Raises ErrorTimonel si no se llega a la sede."""
    cierres = asyncio.run(_vender_donde_sea())
    if not con_json:
        for cierre in cierres:
            frase = _FRASES[cierre.resultado].format(cobrado=cierre.cobrado, codigo=cierre.codigo)
            sys.stdout.write(f"Contrato {cierre.referencia} ({cierre.simbolo}): {frase}.\n")
        if not cierres:
            sys.stdout.write("No hay contratos abiertos.\n")
    return cierres


async def _vender_donde_sea() -> "tuple[Cierre, ...]":
    """Prueba con la cuenta real, si las dos llaves están puestas, y con la de demostración."""
    from dominio.instrumentos import Entorno

    if os.environ.get("TIMONEL_PERMITIR_REAL") == "1":
        try:
            return await _vender(Entorno.REAL)
        except ErrorDetener:  # no hay cuenta real activa: queda la otra
            pass
    return await _vender(Entorno.DEMO)


async def _vender(entorno: "Entorno") -> "tuple[Cierre, ...]":
    from dominio.azar import AzarSistema
    from dominio.reloj import RelojSistema
    from integracion_deriv.cierre import vender_abiertos
    from integracion_deriv.cliente import ClienteDeriv
    from integracion_deriv.config import desde_entorno

    cliente = ClienteDeriv(
        desde_entorno(entorno=entorno), reloj=RelojSistema(), azar=AzarSistema(), publicar=lambda _evento: None
    )
    await cliente.conectar()
    try:
        return await vender_abiertos(cliente)
    finally:
        await cliente.cerrar()


def _como_dict(cierre: "Cierre") -> dict[str, Any]:
    return {
        "contrato": cierre.referencia,
        "simbolo": cierre.simbolo,
        "resultado": cierre.resultado,
        "cobrado": None if cierre.cobrado is None else float(cierre.cobrado),
        "codigo": cierre.codigo,
    }


def _decir_alto(resumen: dict[str, Any]) -> None:
    if not resumen["bandera_puesta"]:
        return
    sys.stdout.write(f"DETENIDO: {resumen['bot'] or 'todos los bots'}. Fichero {resumen['bandera']}.\n")
    if resumen["avisados"]:
        sys.stdout.write(f"Procesos avisados: {', '.join(resumen['avisados'])}.\n")


def _decir_json(objeto: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(objeto, ensure_ascii=False, default=str) + "\n")


if __name__ == "__main__":
    raise SystemExit(principal())
