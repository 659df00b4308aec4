"""El motor de señales: entran ticks, salen señales calibradas. Sin reloj, sin azar, sin esperas.

Una decisión en el instante t solo depende de los ticks hasta t: los indicadores, de las velas cerradas, y la
calibración, de las etiquetas que ya han madurado. Con los mismos ticks, las mismas señales siempre.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence

import msgspec

from dominio.errores import ErrorConfiguracion, ErrorPermanente
from dominio.senales import Direccion, Senal
from dominio.velas import Tick, Vela
from trading.motor_senales.calibracion import Calibracion, CalibradorActivo, EstadoActivo
from trading.motor_senales.conjunto import Conjunto, ticks_calentamiento
from trading.motor_senales.estadistica import cota_inferior
from trading.motor_senales.etiquetas import EtiquetaVirtual
from trading.motor_senales.fiabilidad import ReporteFiabilidad
from trading.motor_senales.parametros import ParametrosSenales
from trading.motor_senales.seleccion import Candidato, Eleccion, elegir

VERSION_ESTADO = 1


class EstadoMotor(msgspec.Struct, frozen=True, kw_only=True):
    """Lo aprendido por el motor, para guardarlo (``msgspec.json``). No lleva indicadores: esos se recalientan."""

    version: int
    huella: str
    activos: dict[str, EstadoActivo]


class EstadoMercado(msgspec.Struct, frozen=True, gc=False):
    """Lo que la sede dice de un activo: si está abierto y su pago neto por unidad (None si no se conoce)."""

    abierto: bool
    pago_neto: float | None


class _Activo:
    """Un activo por dentro: su conjunto, su etiqueta abierta y su último tick."""

    __slots__ = ("calibrador", "conjunto", "etiqueta", "evaluada", "precio", "simbolo", "ultimo_ms", "version")

    def __init__(self, simbolo: str, parametros: ParametrosSenales, calibrador: CalibradorActivo) -> None:
        self.simbolo = simbolo
        self.calibrador = calibrador
        self.etiqueta = EtiquetaVirtual(parametros.duracion, parametros.unidad)
        self.ultimo_ms = -1
        self.reiniciar(parametros)

    def reiniciar(self, parametros: ParametrosSenales) -> None:
        """Olvida indicadores y etiqueta en curso; lo aprendido queda."""
        self.conjunto = Conjunto(parametros)
        self.etiqueta.anular()
        self.precio = 0.0
        self.evaluada: tuple[Senal, float] | None = None
        self.version = -1


class MotorSenales:
    """Señales de varios activos con una calibración común.

    ``procesar_tick`` es la ruta caliente; ``senal`` y ``elegir`` se pueden llamar tras cada tick. ``repetidos`` cuenta
    los ticks con hora igual o anterior a la última de su activo y ``rechazados`` los de precio no positivo o no finito:
    ni unos ni otros tocan nada.
    """

    def __init__(self, parametros: ParametrosSenales, simbolos: Sequence[str], bot: str = "deriv_dinamico") -> None:
        unicos = tuple(dict.fromkeys(simbolos))
        if not unicos:
            raise ErrorConfiguracion("SEN-03", "El motor de señales necesita al menos un activo.")
        self.parametros = parametros
        self.simbolos = unicos
        self.repetidos = 0
        self.rechazados = 0
        self._bot = bot
        self._calibracion = Calibracion(parametros, unicos)
        self._activos = {s: _Activo(s, parametros, self._calibracion.activo(s)) for s in unicos}

    def ticks_calentamiento(self, intervalo_ms: int) -> int:
        """Devuelve cuántos ticks pasados hay que pedir para que haya señal desde el primer momento."""
        return ticks_calentamiento(self.parametros, intervalo_ms)

    def calentar(self, simbolo: str, ticks: Sequence[Tick], velas: Sequence[Vela] = ()) -> int:
        """Rehace los indicadores de un activo desde su historia y devuelve cuántos ticks sirvieron.

        Vale al empezar y tras un corte. De paso aprende de las etiquetas de esos ticks que aún no conociera. ``velas``
        (cerradas, de ``vela_s`` segundos) prolonga la historia hacia atrás: cada una entra cuando se habría conocido.
        """
        activo = self._activo(simbolo)
        pendientes = self._velas_previas(ticks, velas)
        activo.reiniciar(self.parametros)
        activo.ultimo_ms = -1
        sirvieron = 0
        for tick in ticks:
            while pendientes and pendientes[0].cierre_ms <= tick.epoch_ms:
                activo.conjunto.agregar_vela(pendientes.popleft())
            if tick.simbolo == simbolo:
                sirvieron += self._avanzar(activo, tick)
        return sirvieron

    def procesar_tick(self, tick: Tick) -> bool:
        """Incorpora un tick y devuelve si contó (no repetido, no inválido y de un activo configurado)."""
        activo = self._activos.get(tick.simbolo)
        return activo is not None and self._avanzar(activo, tick)

    def senal(self, simbolo: str, ahora_ms: int) -> Senal | None:
        """Devuelve la señal del activo, o None si se calienta, no opina o su último tick está rancio.

        Su ``probabilidad_baja`` es la cota para una sola candidata; ``elegir`` la corrige por cuántas compiten.
        """
        activo = self._activo(simbolo)
        if ahora_ms - activo.ultimo_ms > self.parametros.edad_max_ms:
            return None
        evaluada = self._evaluar(activo)
        return None if evaluada is None else evaluada[0]

    def candidato(self, simbolo: str, ahora_ms: int, mercado: EstadoMercado | None) -> Candidato:
        """Devuelve el activo tal como lo ve la elección; sin datos de la sede cuenta como cerrado."""
        activo = self._activo(simbolo)
        evaluada = self._evaluar(activo)
        return Candidato(
            simbolo,
            mercado is not None and mercado.abierto,
            ahora_ms - activo.ultimo_ms if activo.ultimo_ms >= 0 else None,
            activo.conjunto.crudo is not None,
            None if evaluada is None else evaluada[0],
            0.0 if evaluada is None else evaluada[1],
            None if mercado is None else mercado.pago_neto,
        )

    def elegir(self, ahora_ms: int, mercado: Mapping[str, EstadoMercado]) -> Eleccion:
        """Devuelve el mejor activo entre todos los configurados, con los pagos y aperturas que se conocen."""
        return elegir([self.candidato(s, ahora_ms, mercado.get(s)) for s in self.simbolos], self.parametros)

    def reporte(self, simbolo: str | None = None) -> ReporteFiabilidad:
        """Devuelve la tabla de fiabilidad (previsto frente a observado, Wilson, Brier) de un activo o de todos."""
        if simbolo is not None:
            self._activo(simbolo)
        return self._calibracion.reporte(simbolo)

    @property
    def tasa_base(self) -> float:
        """Devuelve la tasa de acierto común hacia la que se encogen todas."""
        return self._calibracion.base

    def estado(self) -> EstadoMotor:
        """Devuelve una copia de lo aprendido, lista para guardar."""
        activos = {s: self._calibracion.activo(s).estado() for s in self.simbolos}
        return EstadoMotor(version=VERSION_ESTADO, huella=self.parametros.huella(), activos=activos)

    def restaurar(self, estado: EstadoMotor) -> bool:
        """Recupera lo aprendido y devuelve si valía: con otros parámetros u otra versión se descarta entero.

        Hay que llamarlo antes de ``calentar``: así no se aprende dos veces de los mismos ticks.
        """
        if estado.version != VERSION_ESTADO or estado.huella != self.parametros.huella():
            return False
        for simbolo in self.simbolos:
            if simbolo in estado.activos:
                self._calibracion.activo(simbolo).restaurar(estado.activos[simbolo])
        self._calibracion.rehacer_base()
        return True

    def _activo(self, simbolo: str) -> _Activo:
        activo = self._activos.get(simbolo)
        if activo is None:
            raise ErrorPermanente("SEN-04", f"«{simbolo}» no está entre los activos del motor de señales.")
        return activo

    def _velas_previas(self, ticks: Sequence[Tick], velas: Sequence[Vela]) -> deque[Vela]:
        if not velas or not ticks:
            return deque()
        duracion_ms = self.parametros.vela_s * 1000
        # Desde la primera apertura que los ticks cubren entera, las velas las ponen los ticks.
        frontera = -(-ticks[0].epoch_ms // duracion_ms) * duracion_ms
        buenas = [v for v in velas if v.duracion_s == self.parametros.vela_s and v.cierre_ms <= frontera]
        return deque(sorted(buenas, key=lambda v: v.epoch_ms))

    def _avanzar(self, activo: _Activo, tick: Tick) -> bool:
        epoch, precio, previo = tick.epoch_ms, tick.precio, activo.ultimo_ms
        if not 0.0 < precio < math.inf:
            self.rechazados += 1
            return False
        if epoch <= previo:
            self.repetidos += 1
            return False
        if previo >= 0 and epoch - previo > self.parametros.hueco_max_ms:
            activo.reiniciar(self.parametros)
        activo.ultimo_ms = epoch
        activo.precio = precio
        activo.evaluada = None
        crudo = activo.conjunto.agregar(tick)
        self._etiquetar(activo, epoch, precio, crudo)
        return True

    def _etiquetar(self, activo: _Activo, epoch: int, precio: float, crudo: float | None) -> None:
        etiqueta = activo.etiqueta
        if etiqueta.abierta:
            madura = etiqueta.avanzar(epoch, precio)
            if madura is not None:
                activo.calibrador.etiquetado_hasta_ms = epoch
                self._calibracion.anotar(activo.simbolo, madura.fuerza, madura.prevista, madura.acierto)
        if not etiqueta.abierta and crudo and epoch >= activo.calibrador.etiquetado_hasta_ms:
            prevista = self._calibracion.estimar(activo.simbolo, abs(crudo)).probabilidad
            etiqueta.abrir(epoch, crudo, prevista)

    def _evaluar(self, activo: _Activo) -> tuple[Senal, float] | None:
        crudo = activo.conjunto.crudo
        if not crudo:
            return None
        version = self._calibracion.version
        if activo.evaluada is not None and activo.version == version:
            return activo.evaluada
        fuerza = abs(crudo)
        estimacion = self._calibracion.estimar(activo.simbolo, fuerza)
        senal = Senal(
            clave=f"{self._bot}:{activo.simbolo}:{activo.ultimo_ms}",
            simbolo=activo.simbolo,
            direccion=Direccion.CALL if crudo > 0.0 else Direccion.PUT,
            epoch_ms=activo.ultimo_ms,
            precio=activo.precio,
            fuerza=fuerza,
            probabilidad=estimacion.probabilidad,
            probabilidad_baja=cota_inferior(estimacion.probabilidad, estimacion.muestras, self.parametros.confianza),
            componentes=activo.conjunto.por_componente(),
        )
        activo.evaluada = (senal, estimacion.muestras)
        activo.version = version
        return activo.evaluada
