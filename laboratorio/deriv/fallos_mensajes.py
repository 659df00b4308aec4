"""Fallos de forma: F17 (campos desconocidos, nulos, números por textos) y F18 (marcos rotos, cierres y tormentas)."""

from typing import TYPE_CHECKING, Any

from laboratorio.deriv.ganchos_con_fallos import GanchosConFallos
from laboratorio.deriv.nombres_fallos import F17, F18
from laboratorio.deriv.respuestas import Mensaje
from laboratorio.fallos import Interruptores
from simulacion.sedes.deriv import Contrato

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv
    from laboratorio.deriv.sesion_ws import Sesion

DEFORMABLES = ("proposal", "buy", "proposal_open_contract", "transaction", "balance")
MENSAJES_DEFORMADOS = 8
DINERO = (
    *("ask_price", "payout", "spot", "buy_price", "bid_price", "profit", "sell_price", "current_spot", "amount"),
    *("balance", "balance_after", "entry_spot", "exit_spot", "commission"),
)
ANULABLES = ("longcode", "validation_error", "validation_error_code", "audit_details", "barrier", "commission")
JSON_ROTO = b'{"echo_req":{"ticks":"R_50","subscribe":1},"msg_type":"tick","tick":{"ask":92.0'
BINARIO = bytes(range(0, 256, 7))
MODOS_F18 = ("json_roto", "binario", "1012", "1006", "tormenta")


class FallosMensajes(GanchosConFallos):
    """Mensajes raros y conexiones que se caen sin motivo."""

    def __init__(self, servidor: "ServidorDeriv", interruptores: Interruptores) -> None:
        super().__init__(servidor, interruptores)
        self._deformar = 0
        self._tormenta = 0

    def al_salir(self, sesion: "Sesion", mensaje: Mensaje) -> Mensaje:
        tipo = mensaje["msg_type"]
        if tipo not in DEFORMABLES or not isinstance(mensaje.get(tipo), dict) or sesion.muda:
            return mensaje
        if not self._deformar:
            if self.tomar(F17) is None:
                return mensaje
            self._deformar = MENSAJES_DEFORMADOS
        self._deformar -= 1
        return {**mensaje, tipo: deformar(mensaje[tipo]), "campo_de_mensaje": {"version": 7}}

    def ensuciar_si_toca(self, contrato: Contrato) -> None:
        """F18, con un contrato abierto: ensucia o tira todas las conexiones de la cuenta."""
        sesiones = self.servidor.de_cuenta(contrato.cuenta)
        datos = self.tomar(F18) if sesiones else None
        if datos is None:
            return
        modo = datos.get("modo", self.elegir(*MODOS_F18))
        if modo == "tormenta":
            self._tormenta = datos.get("veces", 3)
        for sesion in sesiones:
            self._ensuciar(sesion, modo)

    def al_conectar(self, sesion: "Sesion") -> None:
        super().al_conectar(sesion)
        if self._tormenta > 0 and sesion.clase != "public":
            self._tormenta -= 1
            self.servidor.despues(self.entre(0, 2), sesion.cortar)

    def _ensuciar(self, sesion: "Sesion", modo: str) -> None:
        if modo == "json_roto":
            sesion.enviar_crudo(JSON_ROTO)
        elif modo == "binario":
            sesion.enviar_crudo(BINARIO, binario=True)
        elif modo == "1012":
            sesion.cerrar(1012)
        else:
            sesion.cortar()


def deformar(valor: dict[str, Any]) -> dict[str, Any]:
    """Devuelve el objeto con campos de más, opcionales a nulo y el dinero con el otro tipo (texto ↔ número)."""
    raro = {clave: _otro_tipo(v) if clave in DINERO else v for clave, v in valor.items()}
    raro |= dict.fromkeys([clave for clave in ANULABLES if clave in raro])
    raro |= {"campo_futuro": {"lista": [1, None, "x"]}, "otro_campo": None}
    return raro


def _otro_tipo(valor: Any) -> Any:
    if isinstance(valor, str):
        return float(valor)
    return f"{valor:.2f}" if isinstance(valor, int | float) and not isinstance(valor, bool) else valor
