"""Mide el camino de verdad: bucle, decisor, pasarela, diario y broker, montados como en vivo contra la sede mínima."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from apoyo.marcas import Marcas
from apoyo.proceso_sede import ProcesoSede
from bots.deriv.composicion import Montado, Piezas, montar
from bots.registro import buscar_bot
from dominio.azar import AzarSemilla
from dominio.instrumentos import Entorno
from dominio.puertos import Ejecutor
from dominio.reloj import RelojSistema
from integracion_deriv import filtro_ticks, presupuesto
from integracion_deriv.config import ConfigDeriv

TRAMOS = (
    ("total_us", "llegada", "tras_escribir"),
    ("decidir_us", "llegada", "pide_cotizacion"),
    ("cotizacion_us", "pide_cotizacion", "tiene_cotizacion"),
    ("intencion_us", "tiene_cotizacion", "tras_intencion"),
    ("enviando_us", "tras_intencion", "tras_enviando"),
    ("escribir_us", "tras_enviando", "tras_escribir"),
)
REPOSO_S = 0.008
LIMITE_S = 10.0


async def _nada() -> None:
    return None


def abrir_topes() -> None:
    """Quita los dos topes que harían esperar a la medida: la sede de la medida va mucho más deprisa que un reloj."""
    presupuesto.LIMITES_NUEVA.update(dict.fromkeys(presupuesto.LIMITES_NUEVA, (10**9, 10**9)))
    filtro_ticks.FUTURO_MAX_MS = 10**9


def _config(datos: Path) -> Any:
    config = buscar_bot("deriv_dinamico", datos)
    senales = config.senales.model_copy(update={"umbral_senal": 0.0})  # que todo tick acabe en compra
    return config.model_copy(update={"entorno": Entorno.SIMULADO, "senales": senales})


async def medir(
    sede: ProcesoSede,
    ejecutor: Ejecutor,
    datos: Path,
    vueltas: int,
    previas: int,
    al_lado: Callable[[], Awaitable[None]] = _nada,
) -> dict[str, list[float]]:
    """Devuelve los µs de cada tramo en ``vueltas`` compras, tras ``previas`` de calentamiento.

    ``al_lado`` se espera después de cada compra: lo que se compara se mide en el mismo momento, con el mismo disco.
    """
    conexion = ConfigDeriv.crear(
        url_rest=sede.direccion,
        url_ws=sede.direccion.replace("http", "ws"),
        app_id="1",
        token="clave-de-medida",
        entorno=Entorno.SIMULADO,
    )
    piezas = Piezas(reloj=RelojSistema(), azar=AzarSemilla(1), ejecutor=ejecutor, datos=datos, titular="medida")
    montado = await montar(_config(datos), conexion, piezas)
    marcas = Marcas()
    _espiar_cotizacion(montado, marcas)
    trabajo = asyncio.create_task(montado.bucle.correr())
    try:
        await _reposo(montado, 1)  # la primera compra sale sola: la historia ya trae señal
        for vuelta in range(previas + vueltas):
            marcas.instalar()
            await _una_vuelta(montado, marcas, sede)
            marcas.quitar()
            if vuelta >= previas:
                marcas.cerrar_vuelta(TRAMOS)
                await al_lado()
        marcas.etapas["visto_desde_la_sede_us"] = sede.cifras()[1 + previas :]
        return marcas.etapas
    finally:
        marcas.quitar()
        montado.bucle.terminar()
        await trabajo
        await montado.cerrar()


async def _una_vuelta(montado: Montado, marcas: Marcas, sede: ProcesoSede) -> None:
    compras = montado.bucle.enviadas
    sede.mandar("resto")
    await asyncio.sleep(REPOSO_S)
    marcas.armar()
    sede.mandar("tick")
    await _reposo(montado, compras + 1)


async def _reposo(montado: Montado, compras: int) -> None:
    """Espera a que esa compra esté hecha, liquidada y anotada."""
    limite = time.monotonic() + LIMITE_S
    while montado.bucle.enviadas < compras or montado.bucle.estado.libro.abiertos or not montado.bucle.listo:
        if time.monotonic() > limite:
            raise TimeoutError(f"la compra {compras} no salió: {montado.bucle.ultimo_motivo} {montado.bucle.informe}")
        await asyncio.sleep(0.002)
    await asyncio.sleep(REPOSO_S)


def _espiar_cotizacion(montado: Montado, marcas: Marcas) -> None:
    """Apunta cuándo sale la petición de cotización y cuándo está leída y comprobada la respuesta."""
    broker: Any = montado.decisor._broker
    cotizar: Callable[..., Awaitable[Any]] = broker.cotizar

    async def espiado(*args: Any, **kwargs: Any) -> Any:
        marcas.pasar("pide_cotizacion")
        cotizacion = await cotizar(*args, **kwargs)
        marcas.pasar("tiene_cotizacion")
        return cotizacion

    broker.cotizar = espiado
