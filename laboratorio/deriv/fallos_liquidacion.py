"""Fallos alrededor de la liquidación: F06–F09 y F16. Solo tocan contratos propios, que son los que el cliente sigue."""

from typing import TYPE_CHECKING

from laboratorio.deriv.bomba import cotizacion, mensaje_tick
from laboratorio.deriv.flujos import CONTRATO, TICKS, TRANSACCIONES, Entrega, escritor
from laboratorio.deriv.ganchos_con_fallos import GanchosConFallos
from laboratorio.deriv.nombres_fallos import F06, F07, F08, F09, F16
from laboratorio.fallos import Interruptores
from simulacion.sedes.deriv import Contrato, Cuenta

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv


class FallosLiquidacion(GanchosConFallos):
    """Qué le pasa a un contrato desde que entra hasta que se anuncia su final."""

    def __init__(self, servidor: "ServidorDeriv", interruptores: Interruptores) -> None:
        super().__init__(servidor, interruptores)
        self._caidas: dict[str, int] = {}  # cuenta → contrato cuya liquidación debe pasar a oscuras

    def tirar_si_toca(self, contrato: Contrato) -> None:
        """F09: corta las conexiones de la cuenta y no admite otras hasta después de liquidar."""
        if self.interruptores.tomar(F09) is None:
            return
        self._caidas[contrato.cuenta] = contrato.id
        self.servidor.cortar_todas(contrato.cuenta)

    def rechazo_ws(self, cuenta: Cuenta | None) -> int | None:
        if cuenta is not None and cuenta.id in self._caidas:
            return 503
        return super().rechazo_ws(cuenta)

    def al_vencer(self, contrato: Contrato) -> None:
        if not contrato.propia:
            return
        tardia = self.tomar(F08) if contrato.retener_hasta is None else None
        if tardia is not None:
            contrato.retener_hasta = self.servidor.libro.ahora_s() + int(tardia.get("dura_s", self.entre(5, 120)))
            return
        if contrato.retener_hasta is not None and contrato.retener_hasta > self.servidor.libro.ahora_s():
            return
        anulado = self.tomar(F16)
        if anulado is not None:
            contrato.anular = anulado.get("estado", self.elegir("cancelled", "sold"))

    def al_vender(self, contrato: Contrato, entregas: list[Entrega]) -> list[Entrega]:
        clases = {entrega.clase for entrega in entregas}
        if not contrato.propia:
            return entregas
        if {CONTRATO, TRANSACCIONES} <= clases and self.tomar(F07) is not None:
            return [entrega for entrega in entregas if entrega.clase != CONTRATO]
        if clases and self.tomar(F06) is not None:
            return self._duplicar(contrato, entregas)
        return entregas

    def tras_vender(self, contrato: Contrato) -> None:
        if self._caidas.get(contrato.cuenta) == contrato.id:
            if not self.servidor.de_cuenta(contrato.cuenta):
                self.interruptores.anotar(F09)
            self.servidor.despues(self.entre(1, 6), lambda: self._caidas.pop(contrato.cuenta, None))
        if contrato.propia:
            self.interruptores.sortear()

    def _duplicar(self, contrato: Contrato, entregas: list[Entrega]) -> list[Entrega]:
        """El final antes que su transacción, todo dos veces, y el último tick repetido con su misma hora."""
        al_reves = sorted(entregas, key=lambda entrega: entrega.clase != CONTRATO)
        simbolo = contrato.pedido.simbolo
        indice = self.servidor.libro.mercado.indices[simbolo]
        ultimo = self.servidor.libro.mercado.ultimo(simbolo, self.servidor.libro.ahora_s())
        if ultimo is not None:
            for uno in self.servidor.flujos.de(TICKS, simbolo):
                tick = mensaje_tick(indice, cotizacion(indice, *ultimo), uno.id)
                al_reves.append(Entrega(TICKS, uno.sesion, escritor(uno, "tick", tick)))
        return [*al_reves, *(entrega for entrega in al_reves if entrega.clase != TICKS)]
