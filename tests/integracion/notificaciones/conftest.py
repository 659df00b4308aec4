"""La bandeja contra una Twilio de laboratorio, por el SDK y la red de verdad, con la hora en la mano."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dominio.azar import AzarSemilla
from dominio.reloj import RelojManual
from laboratorio.twilio import LibroTwilio, ServidorTwilio, TwilioEnHilo
from notificaciones.canales import Canal
from notificaciones.canales.todos import canales_de
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.politica import Politica
from notificaciones.services import Despacho, despachar
from notificaciones.tipos import NuevoAviso, Urgencia

DESTINOS = "+15005550010,+15005550011"
POLITICA = Politica()


def sin_prisa() -> None:
    """Quita el plazo de la transacción que rodea a la prueba; fuera de una transacción no hace nada."""
    from django.db import connection

    if connection.vendor == "postgresql" and connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


@pytest.fixture(autouse=True)
def _sin_prisa_en_la_base(request: pytest.FixtureRequest) -> None:
    """En las pruebas que no confirman, la transacción dura toda la prueba: que un equipo cargado no la corte."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        request.getfixturevalue("db")
        sin_prisa()


@pytest.fixture
def hilo(reloj: RelojManual) -> Iterator[TwilioEnHilo]:
    servidor = ServidorTwilio(LibroTwilio(reloj, AzarSemilla(1)), reloj, entrega_s=(0.0, 0.0, None))
    en_hilo = TwilioEnHilo(servidor)
    with en_hilo:
        yield en_hilo


@pytest.fixture
def twilio(hilo: TwilioEnHilo) -> ServidorTwilio:
    """Una cuenta sana, con una plantilla general y dos destinatarios."""
    return hilo.servidor


@pytest.fixture
def configurar(twilio: ServidorTwilio) -> Callable[..., ConfigAvisos]:
    """Da la configuración contra el laboratorio, con las variables que se cambien (None la quita)."""

    def hacer(**cambios: str | None) -> ConfigAvisos:
        variables = {**twilio.variables(DESTINOS), **cambios}
        return desde_entorno({clave: valor for clave, valor in variables.items() if valor is not None})

    return hacer


@pytest.fixture
def config(configurar: Callable[..., ConfigAvisos]) -> ConfigAvisos:
    return configurar()


def nuevo(clave: str, reloj: RelojManual, urgencia: Urgencia = Urgencia.HOY, **mas: Any) -> NuevoAviso:
    """Devuelve un aviso cualquiera."""
    return NuevoAviso(
        **{
            "clave": clave, "tipo": "stop_loss", "urgencia": urgencia, "bot": "b", "cabecera": "[SIMULADO] b",
            "que_paso": "Se detuvo.", "hecho": "está en pausa.", "se_espera": "nada.", "ocurrido_en": reloj.ahora(),
            **mas,
        }
    )  # fmt: skip


class Despachador:
    """Un despachador con su nombre y sus canales."""

    def __init__(
        self, config: ConfigAvisos, reloj: RelojManual, hilo: TwilioEnHilo, quien: str = "uno", **mas: Any
    ) -> None:
        self.config, self.reloj, self.quien, self._hilo = config, reloj, quien, hilo
        self.canales: dict[str, Canal] = canales_de(config, reloj)
        self.politica = mas.pop("politica", POLITICA)

    def pasar(self, limite: int = 50) -> Despacho:
        """Hace una pasada y espera a que la cuenta acabe lo suyo."""
        hecho = despachar(
            self.canales, self.config, self.reloj, quien=self.quien, politica=self.politica, limite=limite
        )
        self._hilo.hacer(self._hilo.servidor.asentar())
        return hecho

    def hasta_acabar(self, paso_s: float = 15.0, pasadas: int = 60) -> Despacho:
        """Hace pasadas, adelantando el reloj, hasta que no queda nada por salir por sus canales."""
        from notificaciones.models import Aviso

        for _ in range(pasadas):
            hecho = self.pasar()
            vivos = Aviso.objects.filter(estado__in=("pendiente", "enviando", "desconocido"))
            if not vivos.filter(canal__in=list(self.canales)).exists():
                return hecho
            self.reloj.avanzar(paso_s)
        raise AssertionError("quedan avisos sin salir")


@pytest.fixture
def despachador(hilo: TwilioEnHilo, reloj: RelojManual) -> Callable[..., Despachador]:
    """Da despachadores con la hora y la cuenta de esta prueba."""
    return lambda config, quien="uno", **mas: Despachador(config, reloj, hilo, quien, **mas)
