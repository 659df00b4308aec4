"""Lo que descubre una conexión muerta que no lo parece: el latido sin respuesta y los ticks que dejan de llegar."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dominio.errores import ErrorDetener, ErrorReintentable, ErrorRetroceder, ErrorTimonel
from integracion_deriv import codec, peticiones
from integracion_deriv.conexion import Conexion

if TYPE_CHECKING:
    from integracion_deriv.cliente import ClienteDeriv

CADA_S = 1.0
LATIDOS_POR_HORA = 12
RESUSCRIBIR_CADA_S = 30.0
CORTE_MIN_S = 15.0
CORTE_MAX_S = 120.0


class Vigilancia:
    """Los trabajos que acompañan a una conexión. Acaban con ella; la espaciación de los cortes la sobrevive."""

    def __init__(self, cliente: "ClienteDeriv") -> None:
        self._cliente = cliente
        self._corte_espera_s = CORTE_MIN_S
        self._corte_permitido_en = 0.0

    def trabajos(self, conexion: Conexion) -> tuple[Coroutine[Any, Any, None], ...]:
        """Devuelve los trabajos de una conexión recién abierta."""
        return (self._latir(conexion), self._mirar_ticks(conexion))

    async def _latir(self, conexion: Conexion) -> None:
        plazos = self._cliente.config.plazos
        latidos = 0
        while conexion.viva:
            await asyncio.sleep(plazos.latido_cada_s)
            latidos += 1
            try:
                await conexion.pedir(peticiones.latido(), plazos.latido_s)
                if latidos % LATIDOS_POR_HORA == 0:
                    await self._cliente.poner_en_hora(conexion)
            except ErrorRetroceder:
                continue  # contestó: está viva
            except ErrorReintentable:
                conexion.cortar("sin respuesta al latido")
            except ErrorDetener as fallo:
                conexion.cortar(str(fallo))
            except ErrorTimonel:
                continue  # contestó otra cosa: también está viva

    async def _mirar_ticks(self, conexion: Conexion) -> None:
        filtro, tiempo = self._cliente.recepcion.filtro, self._cliente.hora_sede.tiempo
        resuscribir_en = tiempo() + RESUSCRIBIR_CADA_S
        while conexion.viva:
            await asyncio.sleep(CADA_S)
            rancios = filtro.rancios(tiempo())
            if tiempo() >= resuscribir_en:
                resuscribir_en = tiempo() + RESUSCRIBIR_CADA_S
                await self._cliente.resuscribir()
            if not rancios:
                self._corte_espera_s = CORTE_MIN_S
                continue
            nuevos = [simbolo for simbolo in rancios if filtro.por_avisar(simbolo)]
            todos = len(rancios) == len(filtro) and tiempo() >= self._corte_permitido_en
            if nuevos or todos:
                await self._tratar(conexion, nuevos, todos)

    async def _tratar(self, conexion: Conexion, nuevos: list[str], todos: bool) -> None:
        """Avisa de los rancios que están abiertos y, si lo están todos, renueva la conexión."""
        filtro, ahora = self._cliente.recepcion.filtro, self._cliente.hora_sede.tiempo()
        abiertos = await self._abiertos()
        for simbolo in nuevos:
            if abiertos is None or simbolo in abiertos:
                self._cliente.recepcion.rancio(simbolo, filtro.edad_ms(simbolo, ahora))
        if todos:
            self._corte_permitido_en = self._cliente.hora_sede.tiempo() + self._corte_espera_s
        if todos and (abiertos is None or abiertos.intersection(filtro.rancios(ahora))):
            self._corte_espera_s = min(self._corte_espera_s * 2, CORTE_MAX_S)
            conexion.cortar("ningún activo da ticks")

    async def _abiertos(self) -> set[str] | None:
        """Devuelve los símbolos que la sede tiene abiertos; None si no contesta (entonces se supone que lo están)."""
        with suppress(ErrorTimonel):
            respuesta = await self._cliente.pedir(peticiones.simbolos_activos(), CORTE_MIN_S / 3)
            leidos = (codec.a_instrumento(fila) for fila in codec.filas(respuesta.get("active_symbols")))
            return {leido.simbolo for leido in leidos if leido is not None and leido.abierto}
        return None
