"""Los filtros de la página de operaciones, tal como van en la URL."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from dashboard.presentacion import textos
from historial.models import AcumuladoTotal, Operacion

TODOS = ("", _("Todos"))
TODAS = ("", _("Todas"))
_nombre_resultado = lazy(textos.nombre_resultado, str)
DIRECCIONES = [TODAS, ("CALL", "CALL"), ("PUT", "PUT"), ("BUY", "BUY"), ("SELL", "SELL")]
RESULTADOS = [TODOS, *((valor, _nombre_resultado(valor)) for valor in ("ganada", "perdida", "nula"))]
RESULTADOS.append(("abierta", _("ABIERTA")))
# Con holgura: el día siguiente y su medianoche en otra zona tienen que existir.
DIAS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9998, 12, 31))]
# Sin decir nada, las enviadas: mezclar lo que se apostó con lo que se imaginó daría cuentas que no son de nadie.
CLASES = [
    ("", _("Enviadas a la sede")),
    ("papel", _("De papel")),
    ("pausa", _("Ficticias de la pausa")),
    ("historia", _("Sobre la historia")),
    ("todas", _("Todas")),
]
# Lo que significa cada clase, en campos de la operación.
_DE_LA_CLASE: dict[str, dict[str, Any]] = {
    "": {"origen": "orden", "ficticia": False},
    "papel": {"origen": "orden", "ficticia": True},
    "pausa": {"origen": "pausa"},
    "historia": {"origen": "historia"},
}


class FormularioFiltros(forms.Form):
    """Qué operaciones se quieren ver. Vacío es «cualquiera»; las fechas son días enteros de ``zona``."""

    bot = forms.ChoiceField(label=_("Bot"), required=False)
    activo = forms.ChoiceField(label=_("Activo"), required=False)
    direccion = forms.ChoiceField(label=_("Dirección"), required=False, choices=DIRECCIONES)
    resultado = forms.ChoiceField(label=_("Resultado"), required=False, choices=RESULTADOS)
    clase = forms.ChoiceField(label=_("Clase"), required=False, choices=CLASES)
    desde = forms.DateField(
        label=_("Desde el día"),
        required=False,
        validators=DIAS,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )
    hasta = forms.DateField(
        label=_("Hasta el día"),
        required=False,
        validators=DIAS,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )
    zona = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput({"data-zona": ""}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bots, activos = _conocidos()
        self.fields["bot"].choices = [TODOS, *((bot, bot) for bot in bots)]
        self.fields["activo"].choices = [TODOS, *activos]
        for nombre, campo in self.fields.items():
            if self.is_bound and nombre in self.errors:
                campo.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"error-{nombre}"}

    def clean_zona(self) -> str:
        """Devuelve la zona del navegador, o UTC si no se conoce: no es algo que la persona haya escrito."""
        return zona_valida(str(self.cleaned_data["zona"]))

    def clean(self) -> dict[str, Any]:
        datos = super().clean() or {}
        if datos.get("desde") and datos.get("hasta") and datos["desde"] > datos["hasta"]:
            self.add_error("hasta", _("Es anterior al primer día."))
        return datos

    def condiciones(self) -> dict[str, Any]:
        """Devuelve los argumentos de ``filter()``; lo que no valía no filtra nada (y la página lo señala)."""
        self.is_valid()
        datos = self.cleaned_data
        filtro: dict[str, Any] = {campo: datos[campo] for campo in ("bot", "activo", "direccion") if datos.get(campo)}
        if datos.get("resultado") == "abierta":
            filtro["resultado__isnull"] = True
        elif datos.get("resultado"):
            filtro["resultado"] = datos["resultado"]
        filtro |= _DE_LA_CLASE.get(datos.get("clase") or "", {})
        zona = datos.get("zona", "UTC")
        if datos.get("desde"):
            filtro["hora_inicio__gte"] = _medianoche(datos["desde"], zona)
        if datos.get("hasta"):
            filtro["hora_inicio__lt"] = _medianoche(datos["hasta"] + timedelta(days=1), zona)
        return filtro

    def activos(self) -> dict[str, str]:
        """Devuelve los filtros puestos, como van en la URL."""
        self.is_valid()
        puestos = {nombre: str(self.cleaned_data.get(nombre) or "") for nombre in self.fields if nombre != "zona"}
        puestos = {nombre: valor for nombre, valor in puestos.items() if valor}
        zona = self.cleaned_data.get("zona", "UTC")
        return puestos | ({"zona": zona} if {"desde", "hasta"} & puestos.keys() and zona != "UTC" else {})


def zona_valida(nombre: str) -> str:
    """Devuelve la zona horaria si existe; si no, «UTC»."""
    try:
        return ZoneInfo(nombre).key if nombre else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"


def _medianoche(dia: date, zona: str) -> datetime:
    return datetime.combine(dia, time.min, ZoneInfo(zona)).astimezone(UTC)


def _conocidos() -> tuple[list[str], list[tuple[str, str]]]:
    """Devuelve los bots y los activos con operaciones; salen de las cuentas al día, no de recorrer la historia."""
    filas = AcumuladoTotal.objects.values_list("bot", "activo").distinct()
    bots, activos = {bot for bot, _activo in filas}, {activo for _bot, activo in filas}
    abiertas = Operacion.objects.filter(estado__in=("abierta", "pendiente")).values_list("bot", "activo")
    for bot, activo in abiertas:
        bots.add(bot)
        activos.add(activo)
    return sorted(bots), [(activo, activo) for activo in sorted(activos)]
