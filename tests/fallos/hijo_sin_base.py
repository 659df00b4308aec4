"""Un proceso aparte en el que la base deja de servir a mitad de una orden: se cae PostgreSQL o se llena el disco.

``python -m tests.fallos.hijo_sin_base MODO VUELTAS``: imprime un objeto JSON con lo que pasó. En tiempo virtual, con el
bot entero contra la sede de laboratorio; PostgreSQL es un servidor privado de verdad, que se mata con SIGKILL.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

CAIDA_S = 60.0
LIMITE_S = 900.0
PUNTOS = ("tras_intencion", "tras_enviando", "tras_escribir", "tras_respuesta", "antes_de_confirmar")
SIN_ENVIO = ("tras_intencion",)  # si la base muere ahí, la compra no puede salir


class DiscoLleno:
    """Ningún fichero de este proceso admite una escritura más; leer, sí."""

    def romper(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def arreglar(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class BaseCaida:
    """El servidor de PostgreSQL muere sin avisar y, más tarde, vuelve."""

    def __init__(self, servidor: Any) -> None:
        self._servidor = servidor

    def romper(self) -> None:
        self._servidor.matar()

    def arreglar(self) -> None:
        self._servidor.arrancar(synchronous_commit="on")


async def ensayar(averia: Any, datos: Path, vueltas: int) -> dict[str, Any]:
    """Devuelve las cifras: una avería por punto y vuelta, cada una con el bot muriendo, insistiendo y renaciendo."""
    from django.db import DatabaseError

    from dominio import puntos_fallo
    from dominio.errores import ErrorTimonel
    from dominio.ordenes import EstadoOrden
    from tests.fallos.banco import Banco

    class BancoSinBase(Banco):
        def _espiar(self, *args: Any) -> None:
            with suppress(DatabaseError):
                super()._espiar(*args)

    banco = BancoSinBase(datos, semilla=7, cambios={"regla": {"stop_pct": "50"}})
    await banco.servidor.iniciar()
    cifras: dict[str, Any] = {"averias": 0, "envios_sin_base": 0, "intentos_sin_base": 0, "recuperacion_max_s": 0.0}
    try:
        for punto in PUNTOS * vueltas:
            await _una(banco, averia, punto, cifras, (DatabaseError, ErrorTimonel))
        en_duda = (EstadoOrden.ENVIANDO, EstadoOrden.DESCONOCIDA, EstadoOrden.REVISION)
        compras = len(banco.compras)
        await banco.nacer()
        await banco.hasta(lambda: len(banco.compras) >= compras + 3, LIMITE_S)
        await banco.hasta(lambda: banco.bot is not None and not banco.bot.bucle.estado.libro.abiertos)
        cifras["en_duda"] = len(banco.ordenes(estado__in=en_duda))
        cifras["violaciones"] = banco.violaciones()
        cifras["compras"] = len(banco.compras)
    finally:
        puntos_fallo.instalar(None)
        if banco.bot is not None:
            await banco.morir()
        await banco.cerrar()
    return cifras


async def _una(banco: Any, averia: Any, punto: str, cifras: dict[str, Any], esperados: tuple[type, ...]) -> None:
    """Una avería: el bot opera, la base se rompe en ese punto, insiste a oscuras, y al volver se recupera."""
    from dominio import puntos_fallo

    rota = [False]
    compras_al_romper = [0]

    def gancho(cruzado: str) -> None:
        if cruzado == punto and not rota[0] and len(banco.compras) > antes:
            rota[0], compras_al_romper[0] = True, len(banco.compras)
            averia.romper()

    antes = len(banco.compras)
    puntos_fallo.instalar(gancho)
    await banco.nacer()
    await banco.hasta(lambda: rota[0] and banco.muerto, LIMITE_S, muerto_vale=True)
    if punto in SIN_ENVIO:
        cifras["envios_sin_base"] += len(banco.compras) - compras_al_romper[0]
    compras = len(banco.compras)
    await banco.morir()
    fin = banco.equipo.monotonico() + CAIDA_S
    while banco.equipo.monotonico() < fin:  # lo que haría el supervisor: volver a lanzarlo y que muera
        with suppress(*esperados):
            await banco.nacer()
            await asyncio.sleep(3)
            await banco.morir()
        cifras["intentos_sin_base"] += 1
        await asyncio.sleep(5)
    cifras["envios_sin_base"] += len(banco.compras) - compras
    averia.arreglar()
    inicio = banco.equipo.monotonico()
    bot = await banco.nacer()
    await banco.hasta(lambda: bot.bucle.informe is not None and bot.bucle.informe.completo)
    cifras["recuperacion_max_s"] = max(cifras["recuperacion_max_s"], banco.equipo.monotonico() - inicio)
    cifras["averias"] += 1
    await banco.morir()


def principal(modo: str, vueltas: int) -> dict[str, Any]:
    """Prepara la base, corre el ensayo y devuelve sus cifras."""
    from simulacion.bucles import correr
    from tests.servicios.postgres_privado import PostgresPrivado, SinPostgres

    with tempfile.TemporaryDirectory(prefix="timonel-sin-base-") as carpeta:
        os.environ["TIMONEL_DATOS"] = carpeta
        al_acabar: Callable[[], None] = lambda: None  # noqa: E731
        averia: Any = DiscoLleno()
        if modo == "postgresql":
            try:
                servidor = PostgresPrivado()
            except SinPostgres as motivo:
                return {"saltar": str(motivo)}
            os.environ["TIMONEL_BASE_DE_DATOS"] = servidor.arrancar(synchronous_commit="on")
            averia, al_acabar = BaseCaida(servidor), servidor.parar
        from timonel.arranque import preparar

        preparar()
        try:
            return correr(ensayar(averia, Path(carpeta), vueltas))
        finally:
            if modo == "disco":
                averia.arreglar()
            al_acabar()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(principal(sys.argv[1], int(sys.argv[2])), default=str) + "\n")
