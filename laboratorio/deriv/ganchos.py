"""Dónde pueden actuar los fallos. Aquí no pasa nada: es la sede sana; ``fallos.EfectosDeriv`` la estropea."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from laboratorio.deriv.bomba import Cotizacion
from laboratorio.deriv.flujos import Entrega
from laboratorio.deriv.respuestas import Mensaje, barajar
from simulacion.indices import Indice
from simulacion.sedes.deriv import Contrato, Cuenta, Pedido

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv
    from laboratorio.deriv.sesion_ws import Sesion


class Ganchos:
    """Los puntos del servidor donde un fallo puede intervenir, con el comportamiento sano."""

    def __init__(self, servidor: "ServidorDeriv") -> None:
        self.servidor = servidor

    def ante_peticion(self, sesion: "Sesion", llamada: str, peticion: Mensaje) -> bool:
        """Devuelve True si el fallo se queda con la petición. Puede lanzar Rechazo."""
        return False

    def ante_cotizar(self, sesion: "Sesion", llamada: str, pedido: Pedido) -> None:
        """Antes de dar o aceptar un precio en «proposal» o «buy». Puede lanzar Rechazo."""

    def ante_compra(self, sesion: "Sesion", peticion: Mensaje, ejecutar: Callable[[], object]) -> bool:
        """Devuelve True si el fallo se queda con la compra; ``ejecutar`` la hace cuando se quiera."""
        return False

    def repartir_compra(
        self, sesion: "Sesion", contrato: Contrato, peticion: Mensaje, respuesta: Entrega, otras: list[Entrega]
    ) -> None:
        """Entrega la respuesta de una compra ya hecha y lo que la acompaña, en orden variado."""
        for entrega in barajar(self.servidor.azar, [respuesta, *otras]):
            entrega.escribir()

    def al_entrar(self, contrato: Contrato) -> None:
        """El contrato acaba de recibir su tick de entrada."""

    def al_vencer(self, contrato: Contrato) -> None:
        """El contrato se va a liquidar: aún se puede retener o anular."""

    def al_vender(self, contrato: Contrato, entregas: list[Entrega]) -> list[Entrega]:
        """Devuelve qué mensajes de liquidación salen y en qué orden."""
        return entregas

    def tras_vender(self, contrato: Contrato) -> None:
        """El contrato está liquidado y anunciado."""

    def ticks_que_salen(self, indice: Indice, tick: Cotizacion, hay_oyentes: bool) -> list[Cotizacion]:
        """Devuelve los ticks que se envían en lugar de este."""
        return [tick]

    def al_salir(self, sesion: "Sesion", mensaje: Mensaje) -> Mensaje:
        """Devuelve el mensaje que de verdad se escribe."""
        return mensaje

    def activo(self, indice: Indice) -> tuple[bool, bool] | None:
        """Devuelve (abierto, suspendido) de un activo, o None si no sale en la lista."""
        return True, False

    def duracion_minima(self, simbolo: str) -> tuple[int, int]:
        """Devuelve el mínimo de ticks y de segundos que se anuncia."""
        return 1, 15

    def desfase_s(self) -> int:
        """Devuelve cuánto miente el reloj de la sede."""
        return 0

    def rechazo_rest(self, token: str) -> tuple[int, str, str] | None:
        """Devuelve (estado, código, mensaje) si la llamada REST debe fallar."""
        return None

    def error_rest(self) -> tuple[int, str, str] | None:
        """Devuelve (estado, código, mensaje) si toda llamada REST debe fallar ahora, sea de quien sea."""
        return None

    def cuentas_visibles(self, cuentas: tuple[Cuenta, ...]) -> tuple[Cuenta, ...]:
        """Devuelve las cuentas que se enseñan al cliente."""
        return cuentas

    def clase_de_direccion(self, cuenta: Cuenta) -> str:
        """Devuelve «demo» o «real»: el final de la dirección que se entrega."""
        return cuenta.tipo

    def rechazo_ws(self, cuenta: Cuenta | None) -> int | None:
        """Devuelve el estado HTTP con que se niega una conexión, o None si se admite."""
        return None

    def al_conectar(self, sesion: "Sesion") -> None:
        """Una sesión acaba de abrirse."""

    def foto_cuenta(self, cuenta: str) -> int | None:
        """Devuelve hasta qué hora (s) ven los listados de la cuenta, o None si están al día."""
        return None
