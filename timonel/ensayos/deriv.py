"""``simular deriv``: contratos con fallos sorteados y, aparte, los fallos que acaban una sesión o piden una persona."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bots.registro import buscar_bot
from dominio.azar import AzarSemilla
from dominio.errores import ErrorDetener
from dominio.instrumentos import Entorno
from dominio.ordenes import EstadoOrden
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.models import Orden
from laboratorio.deriv.nombres_fallos import NUMERADOS
from timonel.ensayos import terminales
from timonel.ensayos.taller import Taller

BOT = "deriv_dinamico"
P_POR_CONTRATO = 0.04
_EN_DUDA = (EstadoOrden.DESCONOCIDA, EstadoOrden.REVISION, EstadoOrden.ENVIANDO)
Progreso = Callable[[int], None]


async def ensayar(
    *,
    contratos: int,
    con_fallos: bool,
    sin_pausa: bool,
    semilla: int,
    datos: Path,
    reloj: Reloj,
    ejecutor: Ejecutor,
    al_avanzar: Progreso = lambda _hechos: None,
) -> dict[str, Any]:
    """Devuelve las cifras del ensayo; ``violaciones`` vacía si se cumplió todo."""
    config = buscar_bot(BOT, datos).model_copy(update={"entorno": Entorno.SIMULADO})
    comun = {"semilla": semilla, "config": config, "reloj": reloj, "ejecutor": ejecutor, "datos": datos}
    taller = Taller(nombre="principal", pausa=timedelta(0) if sin_pausa else None, **comun)
    await taller.servidor.iniciar()
    if con_fallos:
        taller.servidor.fallos.sorteo_por_contrato(P_POR_CONTRATO, azar=AzarSemilla(f"sorteo-{semilla}"))
    try:
        await taller.operar_hasta(contratos, lambda: al_avanzar(len(taller.libro.compras(taller.cuenta))))
        principal = await ejecutor(_comparar, taller)
    finally:
        await taller.cerrar()
    fallos = dict(taller.servidor.fallos.cuentas)
    violaciones: list[str] = list(principal.pop("violaciones"))
    if con_fallos:
        for nombre, escena in terminales.ESCENAS.items():
            otro = Taller(nombre=nombre, pausa=timedelta(0), **comun)
            await otro.servidor.iniciar()
            try:
                malas = await escena(otro)
                cifras = await ejecutor(_comparar, otro)
            finally:
                await otro.cerrar()
            violaciones += [f"{nombre}: {mala}" for mala in (*malas, *cifras.pop("violaciones"))]
            for clave, veces in otro.servidor.fallos.cuentas.items():
                fallos[clave] = fallos.get(clave, 0) + veces
            _sumar(principal, cifras)
    return {
        **principal,
        "contratos": contratos,
        "semilla": semilla,
        "reinicios": taller.reinicios,
        "fallos": {nombre: fallos.get(nombre, 0) for nombre in NUMERADOS} if con_fallos else {},
        "violaciones": violaciones,
        "segundos_virtuales": round(asyncio.get_running_loop().time(), 1),
    }


def _sumar(total: dict[str, Any], otra: dict[str, Any]) -> None:
    for clave, valor in otra.items():
        total[clave] = max(total[clave], valor) if clave == "abiertas_max" else total[clave] + valor


def _comparar(taller: Taller) -> dict[str, Any]:
    """Devuelve las cifras de una cuenta: el libro de la sede frente al nuestro."""
    libro, cuenta = taller.libro, taller.cuenta
    compras = libro.compras(cuenta)
    ordenes = list(Orden.objects.filter(cuenta=cuenta))
    referencias = [orden.referencia for orden in ordenes if orden.referencia]
    huerfanas = [contrato.id for contrato in compras if str(contrato.id) not in set(referencias)]
    duplicadas = taller.reenvios + len(referencias) - len(set(referencias))
    estado = taller.montado.bucle.estado if taller.montado is not None else None
    delta = libro.delta_balance(cuenta)
    beneficio = estado.libro.beneficio if estado is not None else Decimal(0)
    ajenos = estado.libro.ajenos if estado is not None else Decimal(0)
    violaciones = list(libro.violaciones())
    en_duda = [orden.id_cliente for orden in ordenes if orden.estado in _EN_DUDA]
    comprobaciones = {
        f"{len(huerfanas)} huérfanas {huerfanas[:3]}": bool(huerfanas),
        f"{duplicadas} duplicadas": bool(duplicadas),
        f"abiertas a la vez {libro.abiertas_max(cuenta)}": libro.abiertas_max(cuenta) > 1,
        f"{taller.compras_con_desconocida} compras con otra desconocida": taller.compras_con_desconocida > 0,
        f"delta {delta} ≠ beneficio {beneficio} + ajenos {ajenos}": delta != beneficio + ajenos,
        f"ajenos {ajenos} ≠ sede {libro.movimientos_ajenos(cuenta)}": ajenos != libro.movimientos_ajenos(cuenta),
        f"compras {len(compras)} ≠ aceptadas {len(referencias)}": len(compras) != len(referencias),
        f"sin resolver {en_duda[:3]}": bool(en_duda) and taller.montado is not None and not _revocada(taller),
        "se conectó a una cuenta real": libro.conexiones_a_real > 0,
    }
    violaciones += [texto for texto, mal in comprobaciones.items() if mal]
    return {
        "compras_propias_en_sede": len(compras),
        "intenciones_aceptadas": len(referencias),
        "duplicadas": duplicadas,
        "huerfanas": len(huerfanas),
        "abiertas_max": libro.abiertas_max(cuenta),
        "compras_con_desconocida": taller.compras_con_desconocida,
        "conexiones_a_real": libro.conexiones_a_real,
        "delta_balance": delta,
        "beneficio_total": beneficio,
        "movimientos_ajenos": ajenos,
        "violaciones": violaciones,
    }


def _revocada(taller: Taller) -> bool:
    """Devuelve si la sesión acabó por la credencial: entonces lo que quedó en duda lo resolverá la próxima."""
    montado = taller.montado
    return montado is not None and isinstance(montado.cliente.detenido, ErrorDetener)
