"""Cuándo un cambio de configuración sube el riesgo. Puro.

Cada medida dice si lo nuevo arriesga más que lo viejo en un aspecto, y todas son un orden: lo que no sube de A a B ni
de B a C no sube de A a C, así que no se puede llegar a lo peligroso a pasitos sin que alguno lo diga.
"""

from collections.abc import Callable

from core.configuracion import ConfigBot
from dominio.instrumentos import Entorno

DE_MENOS_A_MAS = (Entorno.SIMULADO, Entorno.PAPEL, Entorno.DEMO, Entorno.REAL)
_Medida = Callable[[ConfigBot, ConfigBot], bool]


def motivos_de_riesgo(antes: ConfigBot | None, despues: ConfigBot) -> tuple[str, ...]:
    """Devuelve los campos por los que el cambio sube el riesgo; vacío si no lo sube. ``antes`` None: bot nuevo.

    Un bot nuevo solo sube el riesgo si pide dinero real.
    """
    if antes is None:
        return ("entorno",) if despues.entorno is Entorno.REAL else ()
    return tuple(campo for campo, sube in _MEDIDAS if sube(antes, despues))


def sube_riesgo(antes: ConfigBot | None, despues: ConfigBot) -> bool:
    """Devuelve si el cambio pide más dinero, más frecuencia, menos exigencia o un entorno más real."""
    return bool(motivos_de_riesgo(antes, despues))


def _contrato(antes: ConfigBot, despues: ConfigBot) -> bool:
    """Contratos más cortos son más contratos por hora; entre ticks y segundos no hay equivalencia fija."""
    if antes.contrato.unidad != despues.contrato.unidad:
        return True
    return despues.contrato.duracion < antes.contrato.duracion


def _tras_la_pausa(antes: ConfigBot, despues: ConfigBot) -> bool:
    """Sin hora buena, seguir pausado arriesga menos que operar igual; y esperarla más, menos que esperarla menos."""
    if despues.pausa.sin_hora == "seguir_pausado":
        return False
    return antes.pausa.sin_hora == "seguir_pausado" or despues.pausa.espera_max_h < antes.pausa.espera_max_h


_MEDIDAS: tuple[tuple[str, _Medida], ...] = (
    ("entorno", lambda a, d: DE_MENOS_A_MAS.index(d.entorno) > DE_MENOS_A_MAS.index(a.entorno)),
    ("sede", lambda a, d: d.sede != a.sede),
    ("moneda", lambda a, d: d.moneda != a.moneda),
    ("activos", lambda a, d: not set(d.activos) <= set(a.activos)),
    ("regla.monto_pct", lambda a, d: d.regla.monto_pct > a.regla.monto_pct),
    ("regla.stop_pct", lambda a, d: d.regla.stop_pct > a.regla.stop_pct),
    ("contrato.duracion", _contrato),
    ("contrato.pago_min_pct", lambda a, d: d.contrato.pago_min_pct < a.contrato.pago_min_pct),
    ("pausa.horas", lambda a, d: d.pausa.horas < a.pausa.horas),
    ("pausa.sin_hora", _tras_la_pausa),
    # Con hora de reserva se vuelve a operar sin esperar a que haya datos, también con «seguir pausado».
    ("pausa.hora_reserva", lambda a, d: a.pausa.hora_reserva is None and d.pausa.hora_reserva is not None),
    ("pausa.min_muestras", lambda a, d: d.pausa.min_muestras < a.pausa.min_muestras),
    ("senales.exigir_ventaja", lambda a, d: a.exige_ventaja and not d.exige_ventaja),
    (
        "senales.aceptar_esperanza_negativa",
        lambda a, d: d.senales.aceptar_esperanza_negativa and not a.senales.aceptar_esperanza_negativa,
    ),
    ("senales.umbral_senal", lambda a, d: d.senales.umbral_senal < a.senales.umbral_senal),
    ("senales.edad_max_ms", lambda a, d: d.senales.edad_max_ms > a.senales.edad_max_ms),
    ("senales.pseudo_operaciones", lambda a, d: d.senales.pseudo_operaciones < a.senales.pseudo_operaciones),
)
