"""Fallos alrededor de una compra: F01–F05, F15, F20, la llegada tardía y el rechazo que llega tras la duda."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from laboratorio.deriv import llamadas_contratos
from laboratorio.deriv.flujos import Entrega
from laboratorio.deriv.ganchos_con_fallos import GanchosConFallos
from laboratorio.deriv.nombres_fallos import F01, F02, F03, F04, F05, F15, F20, LLEGADA_TARDIA, RECHAZO_TRAS_DESCONOCIDA
from laboratorio.deriv.respuestas import Mensaje
from simulacion.sedes.deriv import Contrato, Precio, Rechazo

if TYPE_CHECKING:
    from laboratorio.deriv.sesion_ws import Sesion

# La pasarela de la sede abandona a los 15 s: un Timeout viaja como «error»; los otros, como respuesta de buy.
ERRORES_TRAS_EJECUTAR = {
    "Timeout": ("error", "Timeout"),
    "WrongResponse": ("buy", "Sorry, an error occurred while processing your request."),
    "InternalServerError": ("buy", "Sorry, an error occurred while processing your request."),
}


class FallosCompra(GanchosConFallos):
    """Qué le pasa a una compra antes de ejecutarse y a su respuesta después."""

    def ante_compra(self, sesion: "Sesion", peticion: Mensaje, ejecutar: Callable[[], object]) -> bool:
        if self.tomar(F01) is not None:
            llamadas_contratos.apuntar(sesion, None, "F01")
            sesion.cortar()
            return True
        movido = self.tomar(F15)
        if movido is not None:
            self._mover_precio(sesion, peticion, movido)
        tarde = self.tomar(LLEGADA_TARDIA)
        if tarde is not None:
            self._mas_tarde(sesion, peticion, tarde.get("espera_s", self.entre(5, 30)))
            return True
        rechazada = self.tomar(RECHAZO_TRAS_DESCONOCIDA)
        if rechazada is not None:
            espera = rechazada.get("espera_s", 18.0)
            error = ("InvalidContractProposal", "Unknown contract proposal", "buy")
            self.servidor.despues(espera, lambda: sesion.fallar(peticion, *error))
            self._mas_tarde(sesion, peticion, espera + rechazada.get("y_luego_s", 6.0))
            return True
        return False

    def repartir_compra(
        self, sesion: "Sesion", contrato: Contrato, peticion: Mensaje, respuesta: Entrega, otras: list[Entrega]
    ) -> None:
        suertes = (
            (F20, self._gemelo),
            (F05, self._enmudecer),
            (F02, self._cortar),
            (F03, self._retrasar),
            (F04, self._equivocar),
        )
        for nombre, suerte in suertes:
            datos = self.tomar(nombre)
            if datos is not None:
                suerte(sesion, contrato, peticion, respuesta, otras, datos)
                return
        super().repartir_compra(sesion, contrato, peticion, respuesta, otras)

    # --- antes ---------------------------------------------------------------------------------------------------

    def _mover_precio(self, sesion: "Sesion", peticion: Mensaje, datos: Mensaje) -> None:
        sesion.propuestas.pop(peticion["buy"], None)
        if datos.get("modo", self.elegir("movido", "caducada")) == "caducada":
            raise Rechazo("InvalidContractProposal", "Unknown contract proposal")
        precio = float(peticion["price"])
        raise Rechazo("PriceMoved", f"The contract payout has changed from {precio:.2f} to {precio * 1.01:.2f}.")

    def _mas_tarde(self, sesion: "Sesion", peticion: Mensaje, espera_s: float) -> None:
        propuesta = sesion.propuestas.get(peticion["buy"])

        def ejecutar() -> None:  # la petición ya estaba dentro: da igual que la conexión haya muerto
            try:
                if propuesta is not None:
                    sesion.propuestas[peticion["buy"]] = propuesta.renovada(self.servidor.reloj.epoch_ms())
                llamadas_contratos.ejecutar(sesion, peticion)
            except Rechazo as rechazo:
                llamadas_contratos.apuntar(sesion, None, rechazo.codigo)
                sesion.fallar(peticion, rechazo.codigo, rechazo.mensaje, "buy")

        self.servidor.despues(espera_s, ejecutar)

    # --- después -------------------------------------------------------------------------------------------------

    def _gemelo(
        self, s: "Sesion", c: Contrato, p: Mensaje, respuesta: Entrega, otras: list[Entrega], datos: Mensaje
    ) -> None:
        s.cortar()
        _entregar(otras)
        precio = Precio(c.precio, c.pago, c.inicio, 0.0)
        for _ in range(datos.get("gemelos", 1)):
            self.servidor.libro.comprar(c.cuenta, c.pedido, precio, propia=False)

    def _enmudecer(
        self, s: "Sesion", c: Contrato, p: Mensaje, respuesta: Entrega, otras: list[Entrega], datos: Mensaje
    ) -> None:
        s.muda = True
        _entregar(otras)
        self.servidor.despues(datos.get("dura_s", self.entre(30, 75)), s.cortar)

    def _cortar(
        self, s: "Sesion", c: Contrato, p: Mensaje, respuesta: Entrega, otras: list[Entrega], datos: Mensaje
    ) -> None:
        s.cortar()
        _entregar(otras)  # a las demás conexiones de la cuenta sí les llega

    def _retrasar(
        self, s: "Sesion", c: Contrato, p: Mensaje, respuesta: Entrega, otras: list[Entrega], datos: Mensaje
    ) -> None:
        callar = datos.get("callar_flujos", self.azar.uniforme() < 0.5)
        tardias = [o for o in otras if o.sesion is s] if callar else []
        _entregar([o for o in otras if o not in tardias])
        espera = datos.get("espera_s", self.entre(16, 20))
        self.servidor.despues(espera, lambda: _entregar([respuesta, *tardias]))

    def _equivocar(
        self, s: "Sesion", c: Contrato, p: Mensaje, respuesta: Entrega, otras: list[Entrega], datos: Mensaje
    ) -> None:
        codigo = datos.get("codigo", self.elegir(*ERRORES_TRAS_EJECUTAR))
        tipo, texto = ERRORES_TRAS_EJECUTAR[codigo]
        _entregar(otras)
        s.fallar(p, codigo, texto, tipo)


def _entregar(entregas: list[Entrega]) -> None:
    for entrega in entregas:
        entrega.escribir()
