"""Fallos de mercado y de ritmo: F10, F11, F12 y las cotizaciones imposibles."""

from typing import TYPE_CHECKING, Any

from laboratorio.deriv import llamadas_contratos
from laboratorio.deriv.bomba import Cotizacion
from laboratorio.deriv.ganchos_con_fallos import GanchosConFallos
from laboratorio.deriv.nombres_fallos import COTIZACION_RARA, F10, F11, F12
from laboratorio.fallos import Interruptores
from simulacion.indices import Indice
from simulacion.sedes.deriv import Pedido, Rechazo

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv
    from laboratorio.deriv.sesion_ws import Sesion

CIERRES = {
    "cerrado": ("MarketIsClosed", "This market is presently closed. Market will open at 00:00:00 UTC."),
    "suspendido": ("TradeTemporarilyUnavailable", "Trading is suspended at the moment."),
    "desaparece": ("OfferingsInvalidSymbol", "Trading is not offered for this asset."),
    "duracion": ("TradingDurationNotAllowed", "Trading is not offered for this duration."),
}
SIN_TICKS = ("cerrado", "desaparece")
MINIMOS_CON_CIERRE = (10, 3600)


class FallosMercado(GanchosConFallos):
    """Ritmo limitado, ticks que faltan o mienten y símbolos que dejan de ofrecerse."""

    def __init__(self, servidor: "ServidorDeriv", interruptores: Interruptores) -> None:
        super().__init__(servidor, interruptores)
        self._rafaga: list[str | None] = []
        self._mudos: dict[str, int] = {}  # símbolo (o «*») → epoch hasta el que no salen ticks
        self._cierres: dict[str, tuple[str, int]] = {}  # símbolo → (modo, hasta en ms)
        self._desfase: tuple[int, int] | None = None  # segundos, hasta en ms

    # --- F10 -----------------------------------------------------------------------------------------------------

    def limitar_si_toca(self, sesion: "Sesion", llamada: str) -> bool:
        """Raises Rechazo RateLimit si la llamada cae en una ráfaga limitada."""
        if llamada == "ping":
            return False
        if not self._rafaga:
            self._empezar_rafaga(llamada)
        if not self._rafaga or self._rafaga[0] not in (None, llamada):
            return False
        self._rafaga.pop(0)
        if llamada == "buy":
            llamadas_contratos.apuntar(sesion, None, "RateLimit")
        raise Rechazo("RateLimit", f"You have reached the rate limit for {llamada}.")

    def _empezar_rafaga(self, llamada: str) -> None:
        datos = self.interruptores.tomar(F10)
        if datos is None:
            return
        if not datos:
            datos = {"llamada": self.elegir("", "buy") or None, "rafaga": self.azar.entero(1, 4)}
        solo = datos.get("llamada")
        if solo not in (None, llamada):
            self.interruptores.devolver(F10, datos)
            return
        self._rafaga = [solo] * datos.get("rafaga", 1)
        self.interruptores.anotar(F10)

    # --- F11 y cotizaciones raras --------------------------------------------------------------------------------

    def ticks_que_salen(self, indice: Indice, tick: Cotizacion, hay_oyentes: bool) -> list[Cotizacion]:
        simbolo, epoch = indice.simbolo, tick[0]
        cierre = self._cierre(simbolo)
        if cierre in SIN_TICKS or max(self._mudos.get(simbolo, 0), self._mudos.get("*", 0)) >= epoch:
            return []
        if not hay_oyentes:
            return [tick]
        rara = self._tomar_de(COTIZACION_RARA, simbolo)
        if rara is not None:
            return [_imposible(tick, rara.get("modo", "cruzada"))]
        datos = self._tomar_de(F11, simbolo)
        return [tick] if datos is None else self._alterar(indice, tick, datos)

    def _tomar_de(self, nombre: str, simbolo: str) -> dict[str, Any] | None:
        datos = self.interruptores.tomar(nombre)
        if datos is None:
            return None
        if datos.get("simbolo", simbolo) != simbolo or datos.get("modo") == "desfase":
            self.interruptores.devolver(nombre, datos)
            return None
        self.interruptores.anotar(nombre)
        return datos

    def _alterar(self, indice: Indice, tick: Cotizacion, datos: dict[str, Any]) -> list[Cotizacion]:
        modo = datos.get("modo", self.elegir("rancios", "hueco", "salto_atras"))
        epoch, valor, compra, venta = tick
        if modo == "salto_atras":
            atras = int(datos.get("segundos", self.entre(5, 90)))
            return [(epoch - atras, valor, compra, venta), tick]
        dura = datos.get("dura_s") or (self.entre(12, 40) if modo == "rancios" else self.entre(3, 8))
        donde = "*" if modo == "rancios" and datos.get("todos", self.azar.uniforme() < 0.3) else indice.simbolo
        self._mudos[donde] = epoch + int(dura)
        return []

    def desfase_s(self) -> int:
        ahora = self.servidor.reloj.epoch_ms()
        if self._desfase is None or ahora > self._desfase[1]:
            self._desfase = None
            datos = self.interruptores.tomar(F11)
            if datos is None:
                return 0
            if datos.get("modo") != "desfase":
                self.interruptores.devolver(F11, datos)
                return 0
            self.interruptores.anotar(F11)
            self._desfase = (int(datos.get("segundos", 2)), ahora + int(datos.get("dura_s", 60) * 1000))
        return self._desfase[0]

    # --- F12 -----------------------------------------------------------------------------------------------------

    def ante_cotizar(self, sesion: "Sesion", llamada: str, pedido: Pedido) -> None:
        self._cerrar_si_toca(llamada, pedido)
        modo = self._cierre(pedido.simbolo)
        if modo is None:
            return
        if modo == "duracion" and not _corta(pedido):
            return
        raise Rechazo(*CIERRES[modo])

    def _cerrar_si_toca(self, llamada: str, pedido: Pedido) -> None:
        simbolo = pedido.simbolo
        datos = self.interruptores.tomar(F12)
        if datos is None:
            return
        if not datos:
            datos = {"en": self.elegir("proposal", "buy")}
        if datos.get("en", llamada) != llamada or datos.get("simbolo", simbolo) != simbolo:
            self.interruptores.devolver(F12, datos)
            return
        modo = datos.get("modo", self.elegir(*CIERRES))
        if modo == "duracion" and not _corta(pedido):
            modo = "cerrado"  # esa duración seguiría valiendo: el fallo no se notaría
        hasta = self.servidor.reloj.epoch_ms() + int(datos.get("dura_s", self.entre(10, 45)) * 1000)
        self._cierres[simbolo] = (modo, hasta)
        self.interruptores.anotar(F12)

    def cerrar_mercado(self, simbolo: str, modo: str = "cerrado", dura_s: float = 3600) -> None:
        """Cierra ya un símbolo, sin esperar a que nadie pregunte por él."""
        self._cierres[simbolo] = (modo, self.servidor.reloj.epoch_ms() + int(dura_s * 1000))
        self.interruptores.anotar(F12)

    def _cierre(self, simbolo: str) -> str | None:
        cierre = self._cierres.get(simbolo)
        if cierre is None:
            return None
        if self.servidor.reloj.epoch_ms() > cierre[1]:
            del self._cierres[simbolo]
            return None
        return cierre[0]

    def activo(self, indice: Indice) -> tuple[bool, bool] | None:
        modo = self._cierre(indice.simbolo)
        if modo == "desaparece":
            return None
        return modo != "cerrado", modo == "suspendido"

    def duracion_minima(self, simbolo: str) -> tuple[int, int]:
        return MINIMOS_CON_CIERRE if self._cierre(simbolo) == "duracion" else super().duracion_minima(simbolo)


def _corta(pedido: Pedido) -> bool:
    return pedido.ticks < MINIMOS_CON_CIERRE[0] if pedido.ticks else pedido.segundos < MINIMOS_CON_CIERRE[1]


def _imposible(tick: Cotizacion, modo: str) -> Cotizacion:
    epoch, valor, compra, venta = tick
    if modo == "cruzada":
        return epoch, valor, venta, compra
    factor = {"absurda": 10.0, "cero": 0.0, "negativa": -1.0}[modo]
    return epoch, valor * factor, compra * factor, venta * factor
