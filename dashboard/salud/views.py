"""``/livez``, ``/readyz`` y ``/metrics``: sin sesión las dos primeras, que no dicen nada; con permiso la tercera."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from dashboard.salud import permiso
from dashboard.salud.listo import comprobar


@login_not_required
@require_safe
def vivo(peticion: HttpRequest) -> HttpResponse:
    """El proceso responde. No mira nada más: reiniciarlo no arregla una base caída."""
    return HttpResponse("vivo\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def listo(peticion: HttpRequest) -> HttpResponse:
    """200 si puede atender: la base contesta y está al día; 503 y qué falla si no."""
    estado = comprobar()
    bien = all(valor == "bien" for valor in estado.values())
    return JsonResponse({"listo": bien, **estado}, status=200 if bien else 503)


@login_not_required
@require_safe
def medidas(peticion: HttpRequest) -> HttpResponse:
    """Las medidas en el formato de Prometheus, a quien pueda leer."""
    negada = permiso.negar(peticion)
    if negada is not None:
        return negada
    from dashboard.salud.medidas import CONTENIDO, texto

    return HttpResponse(texto(), content_type=CONTENIDO)
