"""``simular dia``: del stop a volver a operar, con 24 horas de entradas ficticias y la mejor hora, por sockets.

El tiempo es virtual y común a la sede y al bot (o va a la velocidad pedida, como mucho). Los testigos son dos libros
ajenos: el de la sede, que dice qué órdenes recibió, y el de los mensajes, que dice qué avisos aceptó.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bots.deriv.composicion import montar
from bots.registro import buscar_bot
from core.estado_bot import Ciclo
from core.models import Pausa
from dominio.instrumentos import Entorno
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj, de_epoch
from historial.models import Operacion
from timonel.ensayos.taller import Taller, en_linea

BOT = "deriv_dinamico"
ACTIVOS = ("R_50", "R_75", "R_100")
MIRAR_CADA_S = 1.0
MENSAJES_CADA_S = 300.0
LIMITE_S = 5 * 86_400.0
CONTRATOS_DESPUES = 2
AVISOS_DEL_DIA = frozenset({"inicio_operativa", "stop_loss", "fin_de_pausa", "reactivacion"})


class Mensajero(Protocol):
    """Quien reparte los avisos y enseña lo que aceptó quien los recibe."""

    async def repartir(self) -> None: ...

    def aceptados(self) -> list[dict[str, Any]]: ...


async def ensayar(
    *,
    semilla: int,
    datos: Path,
    reloj: Reloj,
    ejecutor: Ejecutor,
    mensajero: Mensajero,
    horas: float = 24.0,
    al_avanzar: Callable[[str, float], None] = lambda _ciclo, _segundos: None,
) -> dict[str, Any]:
    """Devuelve las horas y cuentas del día; ``violaciones`` vacía si todo fue como debe.

    Raises:
        TimeoutError: no volvió a operar en cinco días virtuales.
    """
    config = buscar_bot(BOT, datos)
    cambios = config.model_dump() | {"entorno": Entorno.SIMULADO, "activos": ACTIVOS}
    cambios["pausa"] = cambios["pausa"] | {"horas": horas}
    taller = Taller(
        nombre="dia",
        semilla=semilla,
        config=type(config).model_validate(cambios),
        reloj=reloj,
        ejecutor=ejecutor,
        datos=datos,
    )
    await taller.servidor.iniciar()
    try:
        await _vivir(taller, mensajero, al_avanzar)
        await mensajero.repartir()
        return en_linea(lambda: _resumir(taller, mensajero))
    finally:
        if taller.montado is not None:
            await taller.montado.cerrar()
        await taller.cerrar()


async def _vivir(taller: Taller, mensajero: Mensajero, al_avanzar: Callable[[str, float], None]) -> None:
    """Opera, pausa, espera y vuelve a operar: acaba con un par de contratos liquidados en la tanda nueva."""
    montado = taller.montado = await montar(taller.config, taller.conexion, taller.piezas)
    bucle = asyncio.get_running_loop()
    trabajo = asyncio.create_task(montado.bucle.correr())
    antes, repartido = 0, float("-inf")
    try:
        async with asyncio.timeout(LIMITE_S):
            while not trabajo.done():
                await asyncio.wait({trabajo}, timeout=MIRAR_CADA_S)
                estado = montado.bucle.estado
                al_avanzar(str(estado.ciclo), bucle.time())
                compras = len(taller.libro.compras(taller.cuenta))
                if estado.tanda.numero == 1:
                    antes = compras
                elif compras >= antes + CONTRATOS_DESPUES:
                    montado.bucle.terminar()
                if bucle.time() - repartido >= MENSAJES_CADA_S:
                    repartido = bucle.time()
                    await mensajero.repartir()
            await trabajo
    finally:
        trabajo.cancel()


def _resumir(taller: Taller, mensajero: Mensajero) -> dict[str, Any]:
    pausa = Pausa.objects.filter(cuenta=taller.cuenta).order_by("pk")[0]
    ficticias = Operacion.objects.filter(cuenta=taller.cuenta, origen="pausa")
    compras = [de_epoch(contrato.inicio) for contrato in taller.libro.compras(taller.cuenta)]
    hasta = pausa.reactivado_en or datetime.max.replace(tzinfo=pausa.pausado_en.tzinfo)
    durante = sum(pausa.pausado_en <= compra < hasta for compra in compras)
    mensajes = mensajero.aceptados()
    cerradas = ficticias.filter(estado="cerrada")
    resumen = {
        "pausado_en": _al_segundo(pausa.pausado_en),
        "reanuda_en": _al_segundo(pausa.reanuda_en),
        "operando_en": _al_segundo(pausa.reactivado_en),
        "entra_en": _al_segundo(pausa.entra_en),
        "ordenes_en_sede_durante_pausa": durante,
        "ordenes_en_sede": len(compras),
        "ficticias": cerradas.count(),
        "ficticias_ganadas": cerradas.filter(resultado="ganada").count(),
        "mejor_hora": pausa.hora_elegida,
        "zona": taller.config.pausa.zona,
        "veredicto": pausa.veredicto,
        "mensajes": mensajes,
    }
    return resumen | {"violaciones": _violaciones(taller, pausa, resumen)}


def _violaciones(taller: Taller, pausa: Pausa, resumen: dict[str, Any]) -> list[str]:
    montado = taller.montado
    repetidos = [f"{m['plantilla']} a {m['destinatario']}" for m in resumen["mensajes"] if m["veces"] != 1]
    faltan = AVISOS_DEL_DIA - {m["plantilla"] for m in resumen["mensajes"]}
    desvio_s = (
        (pausa.reactivado_en - pausa.entra_en).total_seconds() if pausa.reactivado_en and pausa.entra_en else None
    )
    malas = {
        f"{resumen['ordenes_en_sede_durante_pausa']} órdenes en la pausa": resumen["ordenes_en_sede_durante_pausa"] > 0,
        "ninguna entrada ficticia": not resumen["ficticias"],
        "no volvió a operar": montado is None or montado.bucle.estado.ciclo is Ciclo.ESPERANDO_HORARIO,
        f"la pausa no duró {taller.config.pausa.horas} h": (pausa.reanuda_en - pausa.pausado_en).total_seconds()
        != taller.config.pausa.horas * 3600,
        f"entró con {desvio_s} s de desvío": desvio_s is None or not 0 <= desvio_s <= 1,
        f"avisos repetidos: {repetidos}": bool(repetidos),
        f"avisos que faltan: {sorted(faltan)}": bool(faltan),
    }
    return [texto for texto, mal in malas.items() if mal] + list(taller.libro.violaciones())


def _al_segundo(momento: datetime | None) -> str | None:
    return None if momento is None else momento.replace(microsecond=0).isoformat()
