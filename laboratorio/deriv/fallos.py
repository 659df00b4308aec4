"""Los interruptores de fallos de Deriv, juntos: cada familia está en su fichero."""

from typing import TYPE_CHECKING

from laboratorio.deriv.fallos_acceso import FallosAcceso
from laboratorio.deriv.fallos_compra import FallosCompra
from laboratorio.deriv.fallos_liquidacion import FallosLiquidacion
from laboratorio.deriv.fallos_mensajes import FallosMensajes
from laboratorio.deriv.fallos_mercado import FallosMercado
from laboratorio.deriv.nombres_fallos import NUMERADOS, OTROS, TRANSITORIOS
from laboratorio.deriv.respuestas import Mensaje
from laboratorio.fallos import Interruptores
from simulacion.sedes.deriv import Contrato

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv
    from laboratorio.deriv.sesion_ws import Sesion


class EfectosDeriv(FallosCompra, FallosLiquidacion, FallosMercado, FallosAcceso, FallosMensajes):
    """Lo que hace cada interruptor cuando le llega su ocasión. Sin nada armado, la sede está sana."""

    def __init__(self, servidor: "ServidorDeriv") -> None:
        super().__init__(servidor, Interruptores((*NUMERADOS, *OTROS), servidor.azar, TRANSITORIOS))

    def ante_peticion(self, sesion: "Sesion", llamada: str, peticion: Mensaje) -> bool:
        return self.revocar_si_toca(sesion) or self.limitar_si_toca(sesion, llamada) or self.listar_si_toca(llamada)

    def al_entrar(self, contrato: Contrato) -> None:
        if contrato.propia:
            self.mover_si_toca(contrato)
            self.tirar_si_toca(contrato)
            self.ensuciar_si_toca(contrato)
