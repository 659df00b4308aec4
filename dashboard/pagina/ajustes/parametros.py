"""El catálogo de parámetros de un bot: qué es cada uno, en qué se mide y cuánto vale de serie."""

from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.configuracion import ConfigBot


class Parametro(msgspec.Struct, frozen=True, kw_only=True):
    """Un parámetro: su lugar en la definición, cómo se llama, en qué se mide y qué hace.

    ``opciones``: valores cerrados con su nombre.
    """

    lugar: str
    nombre: Any
    ayuda: Any
    unidad: Any = ""
    opciones: tuple[tuple[str, Any], ...] = ()

    @property
    def campo(self) -> str:
        """Devuelve su nombre en el formulario."""
        return self.lugar.replace(".", "__")


class Grupo(msgspec.Struct, frozen=True):
    """Un apartado del formulario."""

    nombre: Any
    parametros: tuple[Parametro, ...]


_SI_NO = (("true", _("Sí")), ("false", _("No")))
ENTORNOS = (
    ("simulado", _("SIMULADO: todo inventado, en este equipo")),
    ("papel", _("PAPEL: precios de verdad, ninguna orden")),
    ("demo", _("DEMO: cuenta de demostración de la sede")),
    ("real", _("REAL: dinero de verdad")),
)
GRUPOS = (
    Grupo(
        _("Dónde opera"),
        (
            Parametro(
                lugar="entorno",
                nombre=_("Entorno"),
                opciones=ENTORNOS,
                ayuda=_("Con qué dinero. REAL pide además TIMONEL_PERMITIR_REAL=1 en el equipo que opera."),
            ),
            Parametro(
                lugar="activos",
                nombre=_("Activos"),
                ayuda=_(
                    "Símbolos de la sede separados por comas, de 1 a 20. Se opera uno cada vez, el de mejor señal."
                ),
            ),
        ),
    ),
    Grupo(
        _("La regla del dinero"),
        (
            Parametro(
                lugar="regla.monto_pct",
                nombre=_("Monto de cada operación"),
                unidad=_("% del balance"),
                ayuda=_("Lo que se invierte cada vez, redondeado hacia abajo. Como mucho, 0,5."),
            ),
            Parametro(
                lugar="regla.meta_pct",
                nombre=_("Meta"),
                unidad=_("% de la base"),
                ayuda=_("Al ganar esto se fija una meta nueva; el bot no se para."),
            ),
            Parametro(
                lugar="regla.stop_pct",
                nombre=_("Stop"),
                unidad=_("% bajo el pico"),
                ayuda=_("Al perder esto desde el punto más alto, el bot se para hasta el día siguiente. Nunca baja."),
            ),
        ),
    ),
    Grupo(
        _("El contrato"),
        (
            Parametro(
                lugar="contrato.duracion",
                nombre=_("Duración"),
                ayuda=_("Cuánto dura cada contrato, en la unidad de abajo."),
            ),
            Parametro(
                lugar="contrato.unidad",
                nombre=_("Unidad de la duración"),
                opciones=(("t", _("ticks")), ("s", _("segundos"))),
                ayuda=_("Un tick es un cambio de precio: cada uno o dos segundos."),
            ),
            Parametro(
                lugar="contrato.pago_min_pct",
                nombre=_("Pago mínimo"),
                unidad=_("% del monto"),
                ayuda=_("Si la sede paga menos por acertar, no se entra."),
            ),
        ),
    ),
    Grupo(
        _("La pausa tras el stop"),
        (
            Parametro(
                lugar="pausa.horas",
                nombre=_("Duración de la pausa"),
                unidad=_("horas"),
                ayuda=_("Horas exactas sin operar; mientras, entradas ficticias."),
            ),
            Parametro(
                lugar="pausa.zona",
                nombre=_("Zona horaria"),
                ayuda=_("En qué zona se cuentan las horas del día, por ejemplo America/Bogota."),
            ),
            Parametro(
                lugar="pausa.min_muestras",
                nombre=_("Muestras mínimas"),
                unidad=_("entradas"),
                ayuda=_("Entradas ficticias que hacen falta para tener en cuenta una hora."),
            ),
            Parametro(
                lugar="pausa.espera_max_h",
                nombre=_("Espera máxima de datos"),
                unidad=_("horas"),
                ayuda=_("Cuánto se espera si ninguna hora llega al mínimo."),
            ),
            Parametro(
                lugar="pausa.hora_reserva",
                nombre=_("Hora de reserva"),
                ayuda=_("A qué hora volver, de 0 a 23, si no se conoce una mejor. Vacía: ninguna."),
            ),
            Parametro(
                lugar="pausa.sin_hora",
                nombre=_("Si no aparece ninguna hora"),
                opciones=(("operar_igual", _("Operar igual")), ("seguir_pausado", _("Seguir en pausa"))),
                ayuda=_("Qué hacer si tras la espera tampoco hay datos."),
            ),
        ),
    ),
    Grupo(
        _("La señal"),
        (
            Parametro(
                lugar="senales.umbral_senal",
                nombre=_("Umbral de la señal"),
                ayuda=_("Fuerza mínima, de 0 a 1, para que un activo sea candidato."),
            ),
            Parametro(
                lugar="senales.exigir_ventaja",
                nombre=_("Exigir ventaja demostrada"),
                opciones=(("", _("Solo con dinero real")), *_SI_NO),
                ayuda=_("Con «sí», solo se entra si el acierto demostrado supera lo que hace falta para no perder."),
            ),
            Parametro(
                lugar="senales.aceptar_esperanza_negativa",
                nombre=_("Aceptar que se espera perder"),
                opciones=_SI_NO,
                ayuda=_("Hace falta para operar con dinero real sin exigir ventaja. Se escribe en cada arranque."),
            ),
            Parametro(
                lugar="senales.edad_max_ms",
                nombre=_("Edad máxima del precio"),
                unidad="ms",
                ayuda=_("Un precio más viejo no se usa para decidir."),
            ),
            Parametro(
                lugar="senales.vela_s",
                nombre=_("Largo de las velas"),
                unidad="s",
                ayuda=_("De 5 a 3600 segundos."),
            ),
            Parametro(
                lugar="senales.peso_ticks",
                nombre=_("Peso de los ticks"),
                ayuda=_("Cuánto cuenta la lectura rápida frente a la de velas."),
            ),
            Parametro(
                lugar="senales.peso_velas",
                nombre=_("Peso de las velas"),
                ayuda=_("Cuánto cuenta la lectura lenta."),
            ),
            Parametro(
                lugar="senales.pseudo_operaciones",
                nombre=_("Prudencia de la calibración"),
                unidad=_("operaciones"),
                ayuda=_("Cuántas operaciones imaginarias sin ventaja se suman al estimar el acierto."),
            ),
        ),
    ),
)
TODOS = tuple(parametro for grupo in GRUPOS for parametro in grupo.parametros)
POR_LUGAR = {parametro.lugar: parametro for parametro in TODOS}
_DE_SERIE = ConfigBot(nombre="de_serie", familia="deriv_dinamico", activos=("R_10",)).model_dump()


def valor_en(definicion: dict[str, Any], lugar: str) -> Any:
    """Devuelve el valor que hay en ese lugar de la definición, o None."""
    valor: Any = definicion
    for parte in lugar.split("."):
        valor = valor.get(parte) if isinstance(valor, dict) else None
    return valor


def de_serie(lugar: str) -> Any:
    """Devuelve el valor por defecto; None si no lo tiene."""
    return None if lugar == "activos" else valor_en(_DE_SERIE, lugar)


def en_texto(valor: Any) -> str:
    """Devuelve el valor como se escribe en el formulario."""
    if valor is None:
        return ""
    if isinstance(valor, bool):
        return "true" if valor else "false"
    if isinstance(valor, list | tuple):
        return ", ".join(str(parte) for parte in valor)
    if isinstance(valor, Decimal):
        return f"{valor.normalize():f}"
    return f"{valor:g}" if isinstance(valor, float) else str(valor)


def en_pantalla(valor: Any) -> str:
    """Devuelve el valor como se enseña: en español, con coma decimal. El formulario admite coma y punto."""
    texto = en_texto(valor)
    es_numero = not isinstance(valor, bool | list | tuple) and texto.replace(".", "", 1).isdecimal()
    return texto.replace(".", ",") if es_numero and (get_language() or "es")[:2] != "en" else texto


def legible(parametro: Parametro, valor: Any) -> str:
    """Devuelve el valor como se lee: el nombre de la opción, o el número con su unidad."""
    texto = en_texto(valor)
    for clave, nombre in parametro.opciones:
        if clave == texto:
            return str(nombre)
    return f"{en_pantalla(valor)} {parametro.unidad}".strip() if texto else "—"
