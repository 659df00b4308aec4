"""Parar y reanudar desde la API. Parar no pide nada más que el permiso; reanudar, además, confirmar quién se es."""

from typing import Any

from rest_framework.response import Response

from core.models import EstadoGuardado
from dashboard.acceso.refuerzo import ConRefuerzo
from dashboard.api import serializers as formas
from dashboard.api.base import Vista, datos, describir
from dashboard.api.parametros import DeMando
from dashboard.api.permissions import Operar
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.mando.services import parar, reanudar
from dashboard.selectors import comun
from dominio.errores import ErrorUsuario
from dominio.freno import Freno
from historial import selectors as lecturas


class _Mando(Vista):
    freno = Freno.DETENIDO

    def pedido(self) -> tuple[str, str, str, str]:
        """Devuelve ámbito, clave, actor y motivo. Raises ErrorUsuario (FRE-02, FRE-03 o BOT-01) si no se conoce."""
        leido = DeMando(data=self.request.data)
        leido.is_valid(raise_exception=True)
        ambito, clave = leido.validated_data["ambito"], leido.validated_data["clave"]
        _exigir_conocido(ambito, clave)
        actor = str(self.request.user.get_username())[:64]
        return ambito, clave, actor, leido.validated_data["motivo"]

    def respuesta(self, ambito: str, clave: str) -> Response:
        """Devuelve el freno fijado y todos los escritos."""
        dicho = {"ambito": ambito, "clave": clave, "freno": str(self.freno), "frenos": lecturas.frenos()}
        return Response(dicho)


def _exigir_conocido(ambito: str, clave: str) -> None:
    """Una errata no debe dar una falsa tranquilidad. El alto global no comprueba nada: nada puede impedirlo."""
    if ambito == "bot" and clave and clave not in comun.nombres(datos()):
        raise ErrorUsuario("BOT-01", f"No existe el bot «{clave}».", "Nada ha cambiado.")
    if ambito == "cuenta" and clave:
        cuentas = {f"{sede}:{cuenta}" for sede, cuenta in EstadoGuardado.objects.values_list("sede", "cuenta")}
        if clave not in cuentas:
            raise ErrorUsuario("FRE-03", f"No se conoce la cuenta «{clave}».", "Escríbala como sede:cuenta.")


class AltoAPI(_Mando):
    """Sin segundo factor y sin límite de peticiones: parar es fácil."""

    permission_classes = [Operar]
    throttle_scope = None

    @describir(formas.Mandado, "Para: nadie abre nada más", cuerpo=DeMando)
    def post(self, request: Any) -> Response:
        """Pone DETENIDO en el ámbito (global si no se dice) y pide a los bots la bandera y la señal."""
        ambito, clave, actor, motivo = self.pedido()
        parar(ambito, clave, actor, ahora=ahora(), motivo=motivo or "parado desde la API")
        return self.respuesta(ambito, clave)


class ReanudarAPI(_Mando):
    """Pide haber confirmado quién se es hace menos de cinco minutos: un programa no puede."""

    freno = Freno.ACTIVO
    permission_classes = [Operar, ConRefuerzo]
    throttle_scope = "mando"

    @describir(formas.Mandado, "Suelta el freno", cuerpo=DeMando)
    def post(self, request: Any) -> Response:
        """Pone ACTIVO en el ámbito. No cambia el ciclo: una pausa de 24 horas sigue contando."""
        ambito, clave, actor, motivo = self.pedido()
        reanudar(ambito, clave, actor, ahora=ahora(), motivo=motivo or "reanudado desde la API")
        return self.respuesta(ambito, clave)
