"""Fallos de credenciales y de cuenta: F13, F14, F19 y los listados con retraso."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dominio.dinero import a_decimal
from laboratorio.deriv.ganchos_con_fallos import GanchosConFallos
from laboratorio.deriv.nombres_fallos import ERROR_REST, F13, F14, F19, LISTADO_RANCIO
from laboratorio.fallos import Interruptores
from simulacion.sedes.deriv import Contrato, Cuenta, Pedido

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv
    from laboratorio.deriv.sesion_ws import Sesion

ERRORES_HTTP = {
    429: ("RateLimitExceeded", "Too many requests"),
    502: ("BadGateway", "Bad gateway"),
    503: ("ServiceUnavailable", "Service is temporarily unavailable"),
}
PARA_SIEMPRE_MS = 1 << 62
NO_VALE = (401, "Unauthorized", "Invalid or expired token")


class FallosAcceso(GanchosConFallos):
    """Token revocado, solo cuentas reales, dinero que mueven otros y listados viejos."""

    def __init__(self, servidor: "ServidorDeriv", interruptores: Interruptores) -> None:
        super().__init__(servidor, interruptores)
        self._revocados: dict[str, tuple[str, int]] = {}  # token → (modo, hasta en ms)
        self._solo_real: dict[str, Any] | None = None
        self._listado: tuple[int, int] | None = None  # hora que se enseña (s), hasta en ms

    # --- F13 -----------------------------------------------------------------------------------------------------

    def revocar_si_toca(self, sesion: "Sesion") -> bool:
        """F13 a media sesión: corta la conexión que pide algo y deja de valer su token."""
        if sesion.cuenta is None or not self._revocar(sesion.cuenta.token):
            return False
        self.servidor.cortar_todas(sesion.cuenta.id)
        return True

    def _revocar(self, token: str) -> bool:
        datos = self.interruptores.tomar(F13)
        if datos is None:
            return False
        if datos.get("token", token) != token:
            self.interruptores.devolver(F13, datos)
            return False
        dura_s = datos.get("dura_s")
        hasta = PARA_SIEMPRE_MS if dura_s is None else self.servidor.reloj.epoch_ms() + int(dura_s * 1000)
        self._revocados[token] = (datos.get("modo", "revocado"), hasta)
        self.interruptores.anotar(F13)
        return True

    def restablecer(self, token: str) -> None:
        """Vuelve a dar por bueno un token revocado."""
        self._revocados.pop(token, None)

    def _revocado(self, token: str) -> str | None:
        modo, hasta = self._revocados.get(token, (None, 0))
        return modo if self.servidor.reloj.epoch_ms() <= hasta else None

    def rechazo_rest(self, token: str) -> tuple[int, str, str] | None:
        if self.servidor.libro.de_token(token):
            self._revocar(token)
        return NO_VALE if self._revocado(token) == "revocado" else None

    def error_rest(self) -> tuple[int, str, str] | None:
        datos = self.tomar(ERROR_REST)
        if datos is None:
            return None
        estado = datos.get("estado", 503)
        return estado, *ERRORES_HTTP.get(estado, ("InternalError", "Internal server error"))

    def rechazo_ws(self, cuenta: Cuenta | None) -> int | None:
        if cuenta is not None and self._revocado(cuenta.token) is not None:
            return 401  # modo «otp»: la dirección se da, pero nunca vale
        return super().rechazo_ws(cuenta)

    # --- F14 -----------------------------------------------------------------------------------------------------

    def cuentas_visibles(self, cuentas: tuple[Cuenta, ...]) -> tuple[Cuenta, ...]:
        if not self._toca_real("listado"):
            return cuentas
        reales = tuple(cuenta for cuenta in cuentas if not cuenta.es_demo)
        return reales or (self._cuenta_real(cuentas[0].token),)

    def clase_de_direccion(self, cuenta: Cuenta) -> str:
        return "real" if self._toca_real("direccion") else super().clase_de_direccion(cuenta)

    def _toca_real(self, modo: str) -> bool:
        if self._solo_real is None:
            self._solo_real = self.interruptores.tomar(F14)
        if self._solo_real is None or self._solo_real.get("modo", "listado") != modo:
            return False
        self.interruptores.anotar(F14)
        return True

    def solo_real(self, activo: bool) -> None:
        """Pone o quita a mano F14 (solo hay cuentas reales)."""
        self._solo_real = {} if activo else None

    def _cuenta_real(self, token: str) -> Cuenta:
        return self.servidor.libro.crear_cuenta("ROT90009999", tipo="real", balance=500, token=token)

    # --- F19 -----------------------------------------------------------------------------------------------------

    def mover_si_toca(self, contrato: Contrato) -> None:
        """F19: otro mueve el dinero de la cuenta mientras un contrato propio está abierto."""
        datos = self.tomar(F19)
        if datos is not None:
            self.mover_ajeno(contrato.cuenta, **datos)

    def mover_ajeno(self, cuenta: str, clase: str = "deposito", importe: "Decimal | int | str" = 100) -> None:
        """Mueve dinero como lo haría otra persona: ``deposito``, ``retiro``, ``reset`` o ``contrato``."""
        libro, cantidad = self.servidor.libro, a_decimal(importe)
        if clase == "reset":
            libro.reponer_demo(cuenta)
        elif clase == "contrato":
            self.comprar_ajeno(cuenta, cantidad)
        else:
            entra = clase == "deposito"
            libro.mover(cuenta, "deposit" if entra else "withdrawal", cantidad if entra else -cantidad)

    def comprar_ajeno(
        self, cuenta: str, monto: Decimal, tipo: str = "CALL", simbolo: str = "1HZ100V", ticks: int = 5
    ) -> Contrato:
        """Devuelve un contrato comprado en la cuenta por otro programa."""
        libro = self.servidor.libro
        pedido = Pedido(tipo, simbolo, monto, ticks, "t")
        contrato = libro.comprar(cuenta, pedido, libro.cotizar(pedido), propia=False)
        self.servidor.bomba.activar(simbolo)
        return contrato

    # --- listados con retraso ------------------------------------------------------------------------------------

    def listar_si_toca(self, llamada: str) -> bool:
        """Empieza a enseñar listados viejos en la primera consulta que pille."""
        if llamada in ("portfolio", "statement", "profit_table"):
            datos = self.tomar(LISTADO_RANCIO)
            if datos is not None:
                hora = self.servidor.libro.ahora_s() - int(datos.get("atraso_s", 20))
                self._listado = (hora, self.servidor.reloj.epoch_ms() + int(datos.get("dura_s", 15) * 1000))
        return False

    def foto_cuenta(self, cuenta: str) -> int | None:
        if self._listado is None or self.servidor.reloj.epoch_ms() > self._listado[1]:
            self._listado = None
            return None
        return self._listado[0]
