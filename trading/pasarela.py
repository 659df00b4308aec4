"""La única puerta a una sede. Intención confirmada → ENVIANDO → un solo envío → resultado, o DESCONOCIDA.

Es neutral: la sede entra por los puertos ``Broker`` y ``Diario``. Lo que puede aumentar la exposición no se
reenvía jamás; un resultado incierto queda DESCONOCIDA y solo el reconciliador lo saca de ahí.
"""

import logging
from datetime import timedelta

from dominio import puntos_fallo
from dominio.errores import ErrorNoEnviada
from dominio.freno import Freno, exigir_permiso, mas_estricto
from dominio.ordenes import EstadoOrden, Intencion, ResultadoEnvio
from dominio.puertos import Arriendo, Broker, FuenteFreno
from dominio.reloj import Reloj
from trading.repositorio import Diario

registro = logging.getLogger("timonel.trading")
PLAZO_ENVIO_S = 2.0


class Pasarela:
    """Lleva una intención hasta la sede una vez como mucho y deja escrito lo que se supo."""

    def __init__(
        self,
        *,
        broker: Broker,
        diario: Diario,
        arriendo: Arriendo,
        freno: FuenteFreno,
        reloj: Reloj,
        plazo_envio_s: float = PLAZO_ENVIO_S,
    ) -> None:
        self._broker = broker
        self._diario = diario
        self._arriendo = arriendo
        self._freno = freno
        self._reloj = reloj
        self._plazo = timedelta(seconds=plazo_envio_s)
        self._plazo_s = plazo_envio_s

    async def enviar(self, intencion: Intencion) -> ResultadoEnvio:
        """Devuelve lo que se sabe tras enviar la intención.

        Raises:
            ErrorDuplicado: ORD-02 si la señal ya tiene intención.
            ErrorDenegado: si una guarda o el freno no dejan; queda DENEGADA y la sede no se entera.
        """
        limite = self._reloj.arranque() + self._plazo_s  # cuenta también lo que el equipo pase suspendido
        if not await self._diario.preparar_envio(intencion, self._arriendo.ficha):
            return ResultadoEnvio(
                estado=EstadoOrden.CADUCADA,
                codigo="ORD-04",
                mensaje="La ficha, el freno o el plazo ya no dejan enviar.",
            )
        puntos_fallo.pasar("tras_enviando")
        resultado = await self._enviar_una_vez(intencion, limite)
        puntos_fallo.pasar("tras_respuesta")
        await self._diario.registrar_resultado(intencion.id_cliente, resultado)
        return resultado

    async def _enviar_una_vez(self, intencion: Intencion, limite: float) -> ResultadoEnvio:
        def comprobar() -> None:
            if self._reloj.arranque() > limite:
                raise ErrorNoEnviada("ORD-05", "Pasó el plazo entre decidir y escribir: la orden no sale.")
            if self._reloj.ahora() >= intencion.vence_en:
                raise ErrorNoEnviada("ORD-06", "La intención venció antes de escribirse.")
            exigir_permiso(self._freno.inmediato(), intencion)

        try:
            return await self._broker.enviar(intencion, comprobar)
        except ErrorNoEnviada as motivo:
            return ResultadoEnvio(estado=EstadoOrden.NO_ENVIADA, codigo=motivo.codigo, mensaje=motivo.mensaje)
        except Exception as fallo:  # pudo escribirse: lo que no se sabe es DESCONOCIDA, nunca un fallo
            registro.exception("el envío de %s se interrumpió por un fallo inesperado", intencion.id_cliente)
            return ResultadoEnvio(
                estado=EstadoOrden.DESCONOCIDA, codigo="ORD-07", mensaje=f"Envío interrumpido ({type(fallo).__name__})."
            )

    async def freno_vigente(self) -> Freno:
        """Devuelve el freno que manda ahora: base, fichero y señal; el más estricto."""
        return mas_estricto((await self._freno.vigente(), self._freno.inmediato()))
