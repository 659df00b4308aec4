"""Probabilidad de acierto calibrada con datos pasados.

Método: regresión logística de dos parámetros (Platt) del acierto sobre la fuerza cruda, por activo, ajustada por Newton
con un prior gaussiano flojo. Se eligió frente a la isotónica o los tramos porque con cientos de etiquetas y un efecto
que en un índice sintético es nulo, dos parámetros apenas sobreajustan, dan una incertidumbre analítica en cada fuerza y
se reajustan en microsegundos: las etiquetas se guardan sumadas en cubetas de fuerza, así que ni la memoria ni el coste
crecen.

Después la estimación p̂(x) se encoge hacia la tasa base de todos los activos juntos con ``pseudo_operaciones``::

    p(x) = (m(x)·p̂(x) + 400·base) / (m(x) + 400)

donde m(x) = 1/(p̂(1−p̂)·v(x)) son las muestras efectivas que respaldan p̂ en esa fuerza y v(x) la varianza del
predictor lineal (método delta). Con pocas etiquetas manda la base; sin ninguna, 0,5.

Alcance: la cota inferior vale para una fuerza y un instante dados. Mirar miles de veces y esperar a que salga
multiplica los falsos positivos; el encogimiento los hace raros (hacen falta más de 4 desviaciones), no imposibles.
"""

import math

import msgspec

from trading.motor_senales.fiabilidad import Fiabilidad, ReporteFiabilidad
from trading.motor_senales.parametros import ParametrosSenales

CUBETAS = 40
# Desviaciones del prior gaussiano de ordenada y pendiente: flojo, solo evita infinitos cuando todo acierta o todo
# falla.
_PRECISION_ORDENADA = 1.0 / 2.0**2
_PRECISION_PENDIENTE = 1.0 / 4.0**2
_ITERACIONES = 25


class Cubeta(msgspec.Struct, gc=False):
    """Etiquetas de fuerza parecida: cuántas, cuántas acertaron y la suma de sus fuerzas."""

    n: int = 0
    aciertos: int = 0
    suma: float = 0.0


class Ajuste(msgspec.Struct, frozen=True, gc=False):
    """Logística ajustada: ordenada ``a``, pendiente ``b`` y la covarianza de las dos (sin datos, la del prior)."""

    a: float = 0.0
    b: float = 0.0
    v_aa: float = 1.0 / _PRECISION_ORDENADA
    v_ab: float = 0.0
    v_bb: float = 1.0 / _PRECISION_PENDIENTE


class Estimacion(msgspec.Struct, frozen=True, gc=False):
    """Probabilidad de acierto ya encogida, en [0, 1], y muestras efectivas que la respaldan."""

    probabilidad: float
    muestras: float


class EstadoActivo(msgspec.Struct, frozen=True, kw_only=True):
    """Lo aprendido de un activo, para guardarlo."""

    cubetas: list[Cubeta]
    ajuste: Ajuste
    sin_ajustar: int
    etiquetado_hasta_ms: int
    fiabilidad: Fiabilidad


def ajustar(cubetas: list[Cubeta]) -> Ajuste:
    """Devuelve la logística de máxima probabilidad a posteriori por Newton y su covarianza (inverso del hessiano)."""
    puntos = [(c.suma / c.n, c.n, c.aciertos) for c in cubetas if c.n]
    a = b = 0.0
    h_aa, h_ab, h_bb = _PRECISION_ORDENADA, 0.0, _PRECISION_PENDIENTE
    for _ in range(_ITERACIONES):
        g_a, g_b = -a * _PRECISION_ORDENADA, -b * _PRECISION_PENDIENTE
        h_aa, h_ab, h_bb = _PRECISION_ORDENADA, 0.0, _PRECISION_PENDIENTE
        for x, n, aciertos in puntos:
            p = logistica(a + b * x)
            resto = aciertos - n * p
            g_a += resto
            g_b += resto * x
            peso = n * p * (1.0 - p)
            h_aa += peso
            h_ab += peso * x
            h_bb += peso * x * x
        determinante = h_aa * h_bb - h_ab * h_ab
        paso_a = (h_bb * g_a - h_ab * g_b) / determinante
        paso_b = (h_aa * g_b - h_ab * g_a) / determinante
        # El problema es convexo; el tope solo evita que el primer salto se pase de largo.
        a += max(-4.0, min(4.0, paso_a))
        b += max(-8.0, min(8.0, paso_b))
        if abs(paso_a) + abs(paso_b) < 1e-10:
            break
    determinante = h_aa * h_bb - h_ab * h_ab
    return Ajuste(a, b, h_bb / determinante, -h_ab / determinante, h_aa / determinante)


def logistica(x: float) -> float:
    """Devuelve 1/(1+e^(−x)) sin desbordar."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


class CalibradorActivo:
    """Lo aprendido de un activo. Solo conoce etiquetas que ya han madurado."""

    __slots__ = ("_ajuste", "_cubetas", "_sin_ajustar", "etiquetado_hasta_ms", "fiabilidad")

    def __init__(self) -> None:
        self._cubetas = [Cubeta() for _ in range(CUBETAS)]
        self._ajuste = Ajuste()
        self._sin_ajustar = 0
        self.etiquetado_hasta_ms = -1
        self.fiabilidad = Fiabilidad()

    @property
    def ajuste(self) -> Ajuste:
        """Devuelve el último ajuste (ordenada, pendiente y covarianza)."""
        return self._ajuste

    def anotar(self, fuerza: float, prevista: float, acierto: bool, reajuste_cada: int) -> None:
        """Incorpora una etiqueta madura y reajusta cada ``reajuste_cada``."""
        cubeta = self._cubetas[min(CUBETAS - 1, int(fuerza * CUBETAS))]
        cubeta.n += 1
        cubeta.aciertos += acierto
        cubeta.suma += fuerza
        self.fiabilidad.anotar(prevista, acierto)
        self._sin_ajustar += 1
        if self._sin_ajustar >= reajuste_cada:
            self._sin_ajustar = 0
            self._ajuste = ajustar(self._cubetas)

    def estimar(self, fuerza: float, base: float, pseudo: float) -> Estimacion:
        """Devuelve la probabilidad a esa fuerza, encogida hacia ``base``."""
        ajuste = self._ajuste
        varianza = ajuste.v_aa + fuerza * (2.0 * ajuste.v_ab + fuerza * ajuste.v_bb)
        p = logistica(ajuste.a + ajuste.b * fuerza)
        # El prior aporta un poco de precisión que no son datos: nunca más muestras que etiquetas.
        muestras = min(1.0 / (p * (1.0 - p) * varianza), float(self.fiabilidad.n))
        return Estimacion((muestras * p + pseudo * base) / (muestras + pseudo), muestras)

    def estado(self) -> EstadoActivo:
        """Devuelve una copia de lo aprendido."""
        estado = EstadoActivo(
            cubetas=self._cubetas,
            ajuste=self._ajuste,
            sin_ajustar=self._sin_ajustar,
            etiquetado_hasta_ms=self.etiquetado_hasta_ms,
            fiabilidad=self.fiabilidad,
        )
        return msgspec.json.decode(msgspec.json.encode(estado), type=EstadoActivo)

    def restaurar(self, estado: EstadoActivo) -> None:
        """Sustituye lo aprendido por lo guardado."""
        copia = msgspec.json.decode(msgspec.json.encode(estado), type=EstadoActivo)
        self._cubetas = copia.cubetas
        self._ajuste = copia.ajuste
        self._sin_ajustar = copia.sin_ajustar
        self.etiquetado_hasta_ms = copia.etiquetado_hasta_ms
        self.fiabilidad = copia.fiabilidad


class Calibracion:
    """Los calibradores de todos los activos y la tasa base que comparten."""

    def __init__(self, parametros: ParametrosSenales, simbolos: tuple[str, ...]) -> None:
        self._parametros = parametros
        self._activos = {s: CalibradorActivo() for s in simbolos}
        self._sin_base = 0
        self.base = 0.5
        self.version = 0

    def activo(self, simbolo: str) -> CalibradorActivo:
        """Devuelve el calibrador de un activo conocido."""
        return self._activos[simbolo]

    def estimar(self, simbolo: str, fuerza: float) -> Estimacion:
        """Devuelve la probabilidad de acierto de una señal de esa fuerza en ese activo, con lo que se sabe ahora."""
        return self._activos[simbolo].estimar(fuerza, self.base, self._parametros.pseudo_operaciones)

    def anotar(self, simbolo: str, fuerza: float, prevista: float, acierto: bool) -> None:
        """Incorpora una etiqueta madura; la tasa base se rehace al mismo ritmo que los ajustes."""
        self._activos[simbolo].anotar(fuerza, prevista, acierto, self._parametros.reajuste_cada)
        self._sin_base += 1
        if self._sin_base >= self._parametros.reajuste_cada:
            self.rehacer_base()

    def rehacer_base(self) -> None:
        """Recalcula la tasa base: aciertos de todos, con la moneda al aire pesando ``pseudo_operaciones``."""
        pseudo = self._parametros.pseudo_operaciones
        n = sum(a.fiabilidad.n for a in self._activos.values())
        aciertos = sum(a.fiabilidad.aciertos for a in self._activos.values())
        self.base = (aciertos + 0.5 * pseudo) / (n + pseudo)
        self._sin_base = 0
        self.version += 1

    def reporte(self, simbolo: str | None = None) -> ReporteFiabilidad:
        """Devuelve la tabla de fiabilidad de un activo, o la de todos juntos."""
        if simbolo is not None:
            return self._activos[simbolo].fiabilidad.reporte(simbolo)
        total = Fiabilidad()
        for activo in self._activos.values():
            total.sumar(activo.fiabilidad)
        return total.reporte("")
