"""Lo único que escribe órdenes en Deriv. Cotiza, compra UNA vez y sigue el contrato hasta el final.

La sede no guarda ninguna clave nuestra: reenviar una compra es comprar dos veces. Por eso aquí no hay reintentos y
todo lo que no está probado queda DESCONOCIDA, para que lo resuelva quien solo sabe leer.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from dominio.dinero import decimales_de, truncar
from dominio.errores import ErrorDenegado, ErrorReintentable, ErrorTimonel
from dominio.ordenes import Aceptacion, EstadoOrden, Intencion, ResultadoEnvio
from dominio.puertos import Cotizacion, PlanContrato
from integracion_deriv import codec, errores, peticiones, validacion
from integracion_deriv.capacidades import CAPACIDADES
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.conexion import Conexion, Cortada, NoEscrita
from integracion_deriv.mercado import FRESCURA_TRAS_DENEGAR_S, MercadoDeriv
from integracion_deriv.seguimiento import Seguimiento
from integracion_deriv.tramas import Mensaje

RECORDADAS = 256


class BrokerDeriv:
    """El puerto ``Broker``. ``al_llegar_tarde`` se llama si contesta una compra que ya se dio por desconocida."""

    capacidades = CAPACIDADES

    def __init__(
        self,
        cliente: ClienteDeriv,
        mercado: MercadoDeriv,
        *,
        al_llegar_tarde: Callable[[Intencion, Aceptacion], None] | None = None,
    ) -> None:
        self._cliente = cliente
        self._mercado = mercado
        self._al_llegar_tarde = al_llegar_tarde
        self.seguimiento = Seguimiento(cliente)
        self._generaciones: OrderedDict[str, int] = OrderedDict()  # cotización → conexión que la dio
        self._inciertas: OrderedDict[int, Intencion] = OrderedDict()  # req_id → intención sin respuesta
        cliente.recepcion.al_respuesta_huerfana.append(self._respuesta_huerfana)

    # ── cotizar ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def cotizar(self, plan: PlanContrato, min_pago: float | None = None) -> Cotizacion:
        """Devuelve el precio de un plan ya comprobado con las reglas vivas de la sede.

        La cotización solo vale en la conexión que la dio. ``min_pago``: ganancia mínima por unidad apostada.

        Raises:
            ErrorDenegado: mercado cerrado, contrato, duración, monto o pago. ErrorReintentable: no hubo respuesta.
        """
        validacion.exigir_monto(plan)
        validacion.exigir_abierto(await self._mercado.instrumentos(), plan.simbolo)
        await self._exigir_ofrecido(plan)
        generacion = self._cliente.conexion_viva().generacion
        try:
            respuesta = await self._cliente.pedir(peticiones.cotizacion(plan, self._cliente.config.dialecto))
        except ErrorTimonel as fallo:
            denegado = errores.de_cotizacion(fallo)
            if denegado is not fallo:
                self._mercado.olvidar(plan.simbolo)
            raise denegado from None
        cotizacion = self._leer_cotizacion(codec.objeto(respuesta, "proposal"), plan)
        validacion.exigir_limites(plan, cotizacion.monto_min, cotizacion.monto_max)
        validacion.exigir_pago(cotizacion, min_pago)
        self._recordar(cotizacion.id, generacion)
        return cotizacion

    async def _exigir_ofrecido(self, plan: PlanContrato) -> None:
        """Comprueba la duración con lo recordado; si no cabe, vuelve a mirar antes de denegar."""
        try:
            validacion.exigir_ofrecido(await self._mercado.ofertas(plan.simbolo), plan)
        except ErrorDenegado:
            recientes = await self._mercado.ofertas(plan.simbolo, FRESCURA_TRAS_DENEGAR_S)
            validacion.exigir_ofrecido(recientes, plan)

    def _leer_cotizacion(self, fila: Mensaje, plan: PlanContrato) -> Cotizacion:
        precio, pago = codec.importe(fila.get("ask_price")), codec.importe(fila.get("payout"))
        identificador = codec.texto(fila.get("id"))
        if not identificador or precio is None or pago is None or precio <= 0:
            raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se cotizará otra vez.")
        limites = codec.objeto(codec.objeto(fila, "validation_params"), "stake")
        return Cotizacion(
            id=identificador,
            plan=plan,
            precio=precio,
            pago=pago,
            hora=codec.momento(fila.get("spot_time")) or self._cliente.ahora_sede(),
            precio_activo=float(codec.importe(fila.get("spot")) or 0),
            monto_min=codec.importe(limites.get("min")),
            monto_max=codec.importe(limites.get("max")),
        )

    def _recordar(self, cotizacion_id: str, generacion: int) -> None:
        self._generaciones[cotizacion_id] = generacion
        while len(self._generaciones) > RECORDADAS:
            self._generaciones.popitem(last=False)

    # ── comprar ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def enviar(self, intencion: Intencion, comprobar: Callable[[], None]) -> ResultadoEnvio:
        """Devuelve qué se sabe tras escribir UNA vez la compra. No lanza por un resultado incierto ni reenvía jamás.

        ``comprobar`` se llama en el último instante, sin ninguna espera entre ella y la escritura.
        """
        try:
            conexion = self._cliente.conexion_viva()
            cotizacion_id, precio = self._exigir_envio(intencion, conexion)
            self._cliente.presupuesto.tomar_ya("buy")
        except ErrorTimonel as fallo:
            return _no_enviada(fallo)
        numeros: list[int] = []

        def al_numerar(numero: int) -> None:
            numeros.append(numero)
            self._apuntar_incierta(numero, intencion)  # antes de escribir: la respuesta puede llegar en dos trozos

        try:
            respuesta = await conexion.escribir_una_vez(
                peticiones.compra(cotizacion_id, precio),
                self._cliente.config.plazos.compra_s,
                comprobar,
                al_numerar,
            )
        except NoEscrita as aviso:
            return _no_enviada(aviso.causa)
        except TimeoutError:
            conexion.cortar("compra sin respuesta")  # una respuesta tardía en este socket ya no puede llegar
            return _desconocida("DER-330", "Deriv no contestó a la compra a tiempo.")
        except Cortada:
            return _desconocida("DER-331", "La conexión se cortó con la compra en vuelo.")
        resultado = self._interpretar(intencion, respuesta)
        if resultado.estado is not EstadoOrden.DESCONOCIDA:
            self._inciertas.pop(numeros[0], None)
        if resultado.codigo in errores.DE_SESION:
            conexion.cortar("sin autorización")
        return resultado

    def _exigir_envio(self, intencion: Intencion, conexion: Conexion) -> tuple[str, Decimal]:
        """Devuelve cotización y precio si se puede escribir ya. Raises ErrorReintentable: nada ha salido."""
        cotizacion_id, precio = intencion.cotizacion_id, intencion.precio_max
        if not cotizacion_id or precio is None or precio <= 0:
            raise ErrorReintentable("DER-321", "La intención no lleva cotización o precio máximo.")
        if truncar(precio, decimales_de(intencion.moneda)) != precio:
            raise ErrorReintentable("DER-321", "El precio máximo lleva más decimales que la moneda.")
        if self._generaciones.get(cotizacion_id) != conexion.generacion:
            raise ErrorReintentable("DER-322", "La cotización es de una conexión que ya no existe.")
        del self._generaciones[cotizacion_id]  # ni por descuido se usa dos veces
        return cotizacion_id, precio

    def _interpretar(self, intencion: Intencion, respuesta: Mensaje) -> ResultadoEnvio:
        if respuesta.get("error") is not None:
            codigo = errores.codigo_de(respuesta["error"])
            if errores.prueba_rechazo(codigo):
                self._mercado.olvidar(intencion.simbolo)
                return ResultadoEnvio(
                    estado=EstadoOrden.RECHAZADA, codigo=codigo, mensaje=errores.frase_rechazo(codigo)
                )
            if codigo in errores.DE_RITMO:
                self._cliente.presupuesto.castigar("buy", errores.RITMO_PASO_S, errores.RITMO_MAX_S)
            return _desconocida(codigo or "DER-332", "Deriv contestó con un error que no prueba nada sobre la compra.")
        aceptacion = self._leer_compra(codec.objeto(respuesta, "buy"), intencion)
        if aceptacion is None:
            return _desconocida("DER-333", "La respuesta a la compra no se entiende.")
        self._cliente.recepcion.apuntar_compra(aceptacion)
        self.vigilar(aceptacion.referencia)
        return ResultadoEnvio(estado=EstadoOrden.ACEPTADA, aceptacion=aceptacion)

    def _leer_compra(self, fila: Mensaje, intencion: Intencion) -> Aceptacion | None:
        """Devuelve la aceptación. Con el número de contrato basta: lo demás, si falta, sale de la intención."""
        completa = {
            **fila,
            "buy_price": codec.importe(fila.get("buy_price")) or intencion.precio_max,
            "payout": codec.importe(fila.get("payout")) or intencion.pago,
            "purchase_time": codec.entero(fila.get("purchase_time")) or self._cliente.hora_sede.epoch_ms() // 1000,
        }
        return codec.a_aceptacion(completa)

    # ── después ─────────────────────────────────────────────────────────────────────────────────────────────────

    def vigilar(self, referencia: str, vence_en: datetime | None = None) -> None:
        """Sigue un contrato hasta su liquidación, que se publica como ``PosicionCerrada``. Repetirlo no hace nada."""
        self.seguimiento.vigilar(referencia, vence_en)

    def _apuntar_incierta(self, numero: int, intencion: Intencion) -> None:
        self._inciertas[numero] = intencion
        while len(self._inciertas) > RECORDADAS:
            self._inciertas.popitem(last=False)

    def _respuesta_huerfana(self, mensaje: Mensaje) -> None:
        """Guarda como evidencia la respuesta tardía a una compra desconocida; no es una compra nueva."""
        numero = mensaje.get("req_id")
        intencion = self._inciertas.get(numero) if isinstance(numero, int) else None
        if intencion is None or mensaje.get("error") is not None:
            return
        aceptacion = self._leer_compra(codec.objeto(mensaje, "buy"), intencion)
        if aceptacion is not None:
            self._cliente.evidencias[intencion.id_cliente] = aceptacion
            if self._al_llegar_tarde is not None:
                self._al_llegar_tarde(intencion, aceptacion)


def _no_enviada(fallo: Exception | None) -> ResultadoEnvio:
    if isinstance(fallo, ErrorTimonel):
        return ResultadoEnvio(estado=EstadoOrden.NO_ENVIADA, codigo=fallo.codigo, mensaje=str(fallo.mensaje))
    return ResultadoEnvio(
        estado=EstadoOrden.NO_ENVIADA,
        codigo="DER-323",
        mensaje="La conexión se cerró antes de escribir." if fallo is None else "Falló la última comprobación.",
    )


def _desconocida(codigo: str, mensaje: str) -> ResultadoEnvio:
    return ResultadoEnvio(estado=EstadoOrden.DESCONOCIDA, codigo=codigo, mensaje=mensaje)
