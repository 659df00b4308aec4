"""La bomba de ticks: despierta a la hora de cada tick que alguien espera, lo reparte y hace avanzar el libro."""

import asyncio
from typing import TYPE_CHECKING, Any

from laboratorio.deriv.flujos import TICKS, VELAS, Suscripcion
from laboratorio.deriv.respuestas import Mensaje, numero, precio
from simulacion.indices import Indice

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv

Cotizacion = tuple[int, float, float, float]  # hora, precio, compra, venta


def mensaje_tick(indice: Indice, cotizacion: Cotizacion, id: str | None = None) -> Mensaje:
    """Devuelve el objeto ``tick``; aquí ``pip_size`` es el número de decimales."""
    epoch, valor, compra, venta = cotizacion
    tick: Mensaje = {
        "ask": numero(venta),
        "bid": numero(compra),
        "epoch": epoch,
        "pip_size": indice.decimales,
        "quote": numero(valor),
        "symbol": indice.simbolo,
    }
    if id is not None:
        tick["id"] = id
    return tick


def cotizacion(indice: Indice, epoch: int, valor: float) -> Cotizacion:
    """Devuelve el tick con su horquilla."""
    media = indice.media_horquilla
    return epoch, valor, round(valor - media, indice.decimales), round(valor + media, indice.decimales)


class Bomba:
    """Reparte los ticks de los símbolos con suscriptores o con contratos abiertos; los demás no cuestan nada."""

    def __init__(self, servidor: "ServidorDeriv") -> None:
        self._servidor = servidor
        self._proximos: dict[str, int] = {}
        self._aviso: asyncio.TimerHandle | None = None
        self._para_ms = 0

    def activar(self, simbolo: str) -> None:
        """Empieza a dar los ticks de un símbolo desde el siguiente."""
        if simbolo in self._proximos:
            return
        siguiente = self._servidor.libro.mercado.siguiente(simbolo, self._servidor.libro.ahora_s())
        if siguiente is not None:
            self._proximos[simbolo] = siguiente
            self._armar()

    def parar(self) -> None:
        """Deja de dar ticks."""
        self._proximos.clear()
        if self._aviso is not None:
            self._aviso.cancel()
            self._aviso = None

    def _armar(self) -> None:
        if not self._proximos:
            return
        para_ms = min(self._proximos.values()) * 1000
        if self._aviso is not None:
            if self._para_ms <= para_ms:
                return
            self._aviso.cancel()
        self._para_ms = para_ms
        espera = max(0, para_ms - self._servidor.reloj.epoch_ms()) / 1000
        self._aviso = asyncio.get_running_loop().call_later(espera, self._tocar)

    def _tocar(self) -> None:
        self._aviso = None
        ahora = self._servidor.libro.ahora_s()
        mercado = self._servidor.libro.mercado
        while self._proximos:
            epoch = min(self._proximos.values())
            if epoch > ahora:
                break
            for simbolo in [s for s, e in self._proximos.items() if e == epoch]:
                self._dar(simbolo, epoch)
                siguiente = mercado.siguiente(simbolo, epoch) if self._interesa(simbolo) else None
                if siguiente is None:
                    self._proximos.pop(simbolo, None)
                else:
                    self._proximos[simbolo] = siguiente
        self._armar()

    def _interesa(self, simbolo: str) -> bool:
        flujos = self._servidor.flujos
        return bool(flujos.de(TICKS, simbolo) or flujos.de(VELAS, simbolo) or self._servidor.libro.abiertos_de(simbolo))

    def _dar(self, simbolo: str, epoch: int) -> None:
        servidor = self._servidor
        indice = servidor.libro.mercado.indices[simbolo]
        valor = servidor.libro.mercado.precio(simbolo, epoch)
        oyentes, velas = servidor.flujos.de(TICKS, simbolo), servidor.flujos.de(VELAS, simbolo)
        if oyentes or velas:
            for uno in servidor.efectos.ticks_que_salen(indice, cotizacion(indice, epoch, valor), bool(oyentes)):
                self._repartir(indice, uno, oyentes, velas)
        servidor.libro.avanzar(simbolo, epoch, valor)

    def _repartir(
        self,
        indice: Indice,
        uno: Cotizacion,
        oyentes: tuple[Suscripcion, ...],
        velas: tuple[Suscripcion, ...],
    ) -> None:
        for oyente in oyentes:
            oyente.sesion.enviar_flujo(oyente, "tick", mensaje_tick(indice, uno, oyente.id))
        for oyente in velas:
            vela = avanzar_vela(oyente.datos, uno[0], uno[1])
            oyente.sesion.enviar_flujo(oyente, "ohlc", mensaje_vela(indice, vela, oyente.id))


def avanzar_vela(vela: dict[str, Any], epoch: int, valor: float) -> dict[str, Any]:
    """Devuelve la vela en curso tras un tick: la misma ampliada, o una nueva si empezó otro intervalo."""
    apertura = epoch - epoch % vela["granularidad"]
    if vela.get("hora") != apertura:
        vela |= {"hora": apertura, "open": valor, "high": valor, "low": valor}
    vela |= {"epoch": epoch, "close": valor, "high": max(vela["high"], valor), "low": min(vela["low"], valor)}
    return vela


def mensaje_vela(indice: Indice, vela: dict[str, Any], id: str) -> Mensaje:
    """Devuelve el objeto ``ohlc``: precios en texto."""
    precios = {campo: precio(vela[campo], indice.decimales) for campo in ("open", "high", "low", "close")}
    return precios | {
        "epoch": vela["epoch"],
        "granularity": vela["granularidad"],
        "id": id,
        "open_time": vela["hora"],
        "pip_size": indice.decimales,
        "symbol": indice.simbolo,
    }
