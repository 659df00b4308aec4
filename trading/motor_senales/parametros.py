"""Los parámetros del motor de señales, en un solo lugar, con sus valores por defecto y sus límites."""

import hashlib
import math

import msgspec

from dominio.errores import ErrorConfiguracion
from trading.motor_senales.bollinger import Bollinger, ParametrosBollinger
from trading.motor_senales.cruce_ema import CruceEma, ParametrosCruceEma
from trading.motor_senales.macd import Macd, ParametrosMacd
from trading.motor_senales.momento import Momento, ParametrosMomento
from trading.motor_senales.rsi import ParametrosRsi, Rsi

CODIGOS = (CruceEma.codigo, Rsi.codigo, Macd.codigo, Bollinger.codigo, Momento.codigo)
# Lo que no cambia ni la señal cruda ni la etiqueta: se puede variar sin tirar lo aprendido.
_NO_APRENDEN = frozenset(
    {
        "umbral_senal",
        "edad_max_ms",
        "exigir_ventaja",
        "pago_neto_min",
        "confianza",
        "pseudo_operaciones",
        "reajuste_cada",
    }
)


class ParametrosSenales(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parámetros de señales, calibración y elección.

    ``duracion`` y ``unidad`` («t» ticks, «s» segundos): el contrato que se va a comprar; las etiquetas virtuales lo
    imitan. ``vela_s``: segundos de cada vela. ``peso_ticks`` y ``peso_velas``: cuánto pesa cada escala (0 la apaga).
    ``pesos``: peso de cada componente (0 o ausente lo apaga). ``umbral_senal``: fuerza cruda mínima, en [0, 1].
    ``edad_max_ms``: más viejo que esto, un tick está rancio. ``hueco_max_ms``: un hueco mayor reinicia el activo.
    ``exigir_ventaja``: la cota inferior de la probabilidad debe llegar al punto de equilibrio. ``pago_neto_min``:
    ganancia mínima por unidad apostada. ``pseudo_operaciones``: peso de la tasa base. ``reajuste_cada``: etiquetas
    nuevas entre ajustes. ``confianza``: nivel de la cota inferior, de una cola.

    Raises:
        ErrorConfiguracion: SEN-01 si un valor no está en su intervalo; SEN-02 en los de un componente.
    """

    duracion: int = 5
    unidad: str = "t"
    vela_s: int = 60
    peso_ticks: float = 0.6
    peso_velas: float = 0.4
    pesos: dict[str, float] = msgspec.field(default_factory=lambda: dict.fromkeys(CODIGOS, 1.0))
    cruce_ema: ParametrosCruceEma = ParametrosCruceEma()
    rsi: ParametrosRsi = ParametrosRsi()
    macd: ParametrosMacd = ParametrosMacd()
    bollinger: ParametrosBollinger = ParametrosBollinger()
    momento: ParametrosMomento = ParametrosMomento()
    umbral_senal: float = 0.10
    edad_max_ms: int = 10_000
    hueco_max_ms: int = 120_000
    exigir_ventaja: bool = True
    pago_neto_min: float = 0.0
    pseudo_operaciones: float = 400.0
    reajuste_cada: int = 25
    confianza: float = 0.95

    def __post_init__(self) -> None:
        for campo, (vale, regla) in self._reglas().items():
            if not vale:
                raise ErrorConfiguracion("SEN-01", f"señales: «{campo}» vale {getattr(self, campo)!r} y debe {regla}.")

    def _reglas(self) -> dict[str, tuple[bool, str]]:
        pesos_validos = all(c in CODIGOS and 0.0 <= p < math.inf for c, p in self.pesos.items())
        return {
            "duracion": (self.duracion >= 1, "ser al menos 1"),
            "unidad": (self.unidad in {"t", "s"}, "ser «t» (ticks) o «s» (segundos)"),
            "vela_s": (self.vela_s >= 1, "ser al menos 1 segundo"),
            "peso_ticks": (0.0 <= self.peso_ticks < math.inf, "ser 0 o más"),
            "peso_velas": (0.0 <= self.peso_velas < math.inf, "ser 0 o más, y no los dos 0"),
            "pesos": (
                pesos_validos and sum(self.pesos.values()) > 0.0 and self.peso_ticks + self.peso_velas > 0.0,
                f"dar peso a alguna escala y a alguno de: {', '.join(CODIGOS)}",
            ),
            "umbral_senal": (0.0 <= self.umbral_senal < 1.0, "estar entre 0 y 1"),
            "edad_max_ms": (self.edad_max_ms > 0, "ser mayor que 0"),
            "hueco_max_ms": (self.hueco_max_ms >= self.edad_max_ms, "ser al menos «edad_max_ms»"),
            "pago_neto_min": (self.pago_neto_min >= 0.0, "ser 0 o más"),
            "pseudo_operaciones": (0.0 < self.pseudo_operaciones < math.inf, "ser mayor que 0"),
            "reajuste_cada": (self.reajuste_cada >= 1, "ser al menos 1"),
            "confianza": (0.5 <= self.confianza < 1.0, "estar entre 0,5 y 1"),
        }

    def huella(self) -> str:
        """Devuelve un resumen de lo que da sentido a lo aprendido: con otra huella, la calibración guardada no vale."""
        campos = {c: getattr(self, c) for c in self.__struct_fields__ if c not in _NO_APRENDEN}
        return hashlib.sha256(msgspec.json.encode(campos, order="sorted")).hexdigest()[:16]
