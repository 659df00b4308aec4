"""``alto``, ``reanudar``, ``resolver`` y la parada de emergencia que no necesita base de datos."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bots import procesos
from dominio.freno import Freno
from dominio.ordenes import EstadoOrden
from dominio.reloj import RelojManual, RelojSistema
from historial import selectors as lecturas
from historial.models import EstadoFreno, FilaAuditoria, Orden
from historial.services import fijar_freno
from historial.services.traduccion import campos_de
from tests.integracion.cli.conftest import Consola, SedeEnHilo, exigir_error
from tests.integracion.historial.fabrica import intencion
from timonel.cli.parada import MOTIVO, orden_directa

CLAVE = "clave-de-mentira"


@pytest.fixture
def con_clave(consola: Consola, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR", CLAVE)
    assert consola("configurar", "--clave").salida == 0


@pytest.mark.django_db
def test_parar_no_pide_nada_y_arrancar_pide_la_clave(
    consola: Consola, carpeta_datos: Path, con_clave: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    alto = consola("alto", "--motivo", "prueba", "--json")
    assert (alto.salida, alto.json["bandera_puesta"], alto.json["base_de_datos"]) == (0, True, True)
    assert (carpeta_datos / "ALTO").exists()
    assert lecturas.freno_vigente() == "DETENIDO"
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR", "no es esa")
    exigir_error(consola("reanudar"), "AUT-02", 2)
    assert (carpeta_datos / "ALTO").exists()
    assert lecturas.freno_vigente() == "DETENIDO"
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR", CLAVE)
    reanudado = consola("reanudar", "--json")
    assert (reanudado.salida, reanudado.json["siguen"], reanudado.json["banderas"]) == (0, [], [])
    assert not (carpeta_datos / "ALTO").exists()
    assert lecturas.freno_vigente() == "ACTIVO"
    assert "clave_rechazada" in set(FilaAuditoria.objects.values_list("accion", flat=True))


@pytest.mark.django_db
def test_sin_clave_fijada_no_se_reanuda_y_se_dice_como(consola: Consola, carpeta_datos: Path) -> None:
    consola("alto", "--bot", "deriv_dinamico")
    dicho = consola("reanudar", "--bot", "deriv_dinamico")
    exigir_error(dicho, "AUT-01", 2)
    assert "configurar --clave" in dicho.errores
    assert (carpeta_datos / "ALTO.deriv_dinamico").exists()


@pytest.mark.django_db
def test_la_clave_no_queda_en_ningun_sitio(consola: Consola, con_clave: None) -> None:
    from historial.models import CambioConfiguracion, Evento

    guardada = lecturas.configuracion("clave_operador") or ""
    huellas = [*FilaAuditoria.objects.values_list("datos", flat=True), *Evento.objects.values_list("datos", flat=True)]
    huellas += CambioConfiguracion.objects.values_list("despues", flat=True)
    assert CLAVE not in guardada
    assert not [huella for huella in map(str, huellas) if CLAVE in huella or guardada in huella]


@pytest.mark.django_db
def test_cambiar_la_clave_pide_la_de_antes(consola: Consola, con_clave: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR_NUEVA", "otra-de-mentira")
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR", "no es esa")
    exigir_error(consola("configurar", "--clave"), "AUT-02", 2)
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR_NUEVA", "corta")
    monkeypatch.setenv("TIMONEL_CLAVE_OPERADOR", CLAVE)
    exigir_error(consola("configurar", "--clave"), "AUT-04", 2)


@pytest.mark.django_db
def test_reanudar_un_ambito_no_quita_los_demas(consola: Consola, con_clave: None) -> None:
    consola("alto")
    consola("alto", "--bot", "deriv_dinamico")
    dicho = consola("reanudar", "--bot", "deriv_dinamico", "--json")
    assert [freno["ambito"] for freno in dicho.json["siguen"]] == ["global"]
    assert dicho.json["banderas"] == ["ALTO"]
    assert EstadoFreno.objects.get(ambito="bot", clave="deriv_dinamico").estado == "ACTIVO"


@pytest.mark.django_db
def test_reanudar_una_cuenta_solo_si_esta_frenada(consola: Consola, con_clave: None) -> None:
    exigir_error(consola("reanudar", "--cuenta", "deriv:DOT9"), "FRE-03", 2)
    fijar_freno("cuenta", "deriv:DOT9", Freno.REDUCIENDO, "prueba", "persona", ahora=RelojSistema().ahora())
    assert consola("reanudar", "--cuenta", "deriv:DOT9", "--json").json["siguen"] == []


@pytest.mark.rapido
@pytest.mark.parametrize(
    ("args", "leido"),
    [
        (["alto"], (None, MOTIVO, False)),
        (["alto", "--todos", "--json"], (None, MOTIVO, True)),
        (["alto", "--bot", "mio", "--motivo", "humo"], ("mio", "humo", False)),
        (["alto", "--bot"], None),
        (["alto", "--bot", "--json"], None),
        (["alto", "--bot", "mio", "--todos"], None),
        (["alto", "--help"], None),
        (["alto", "mio"], None),
        (["alto", "--bot=mio"], None),
        (["estado"], None),
        ([], None),
    ],
)
def test_solo_un_alto_bien_escrito_va_por_el_camino_corto(args: list[str], leido: Any) -> None:
    assert orden_directa(args) == leido


@pytest.mark.django_db
def test_por_el_camino_largo_se_para_igual(consola: Consola, carpeta_datos: Path) -> None:
    assert consola("alto", "--bot=deriv_dinamico").salida == 0
    assert (carpeta_datos / "ALTO.deriv_dinamico").exists()
    assert lecturas.freno_vigente(bot="deriv_dinamico") == "DETENIDO"


@pytest.mark.django_db
def test_un_env_ilegible_no_impide_parar(consola: Consola, carpeta_datos: Path) -> None:
    (carpeta_datos / ".env").write_bytes(b"\xff\xfe")
    assert consola("alto").salida == 0
    assert (carpeta_datos / "ALTO").exists()
    exigir_error(consola("estado"), "ENV-01", 2)


def test_alto_funciona_con_la_base_rota(proceso: Consola, carpeta_datos: Path, tmp_path: Path) -> None:
    rota = tmp_path / "rota.sqlite3"
    rota.write_bytes(b"esto no es una base de datos" * 100)
    dicho = proceso("alto", "--json", TIMONEL_BASE_DE_DATOS=f"sqlite://{rota}")
    assert (dicho.salida, dicho.json["bandera_puesta"], dicho.json["base_de_datos"]) == (0, True, False)
    assert (carpeta_datos / "ALTO").exists()


def test_la_parada_de_emergencia_no_carga_django(proceso: Consola, carpeta_datos: Path) -> None:
    programa = (
        "import sys; from timonel.alto import principal; salida = principal(['--json']); "
        "sys.exit(9 if any(m.split('.')[0] in ('django', 'historial', 'aiohttp', 'talib') for m in sys.modules)"
        " else salida)"
    )
    assert subprocess.run([sys.executable, "-c", programa], capture_output=True, check=False).returncode == 0
    assert (carpeta_datos / "ALTO").exists()
    exigir_error(proceso("--bot", "otro", modulo="timonel.alto"), "BOT-01", 2)
    exigir_error(proceso("--parar", modulo="timonel.alto"), "USO-01", 2)
    exigir_error(proceso("--cerrar", modulo="timonel.alto"), "DER-101", 2)


def test_la_senal_llega_al_proceso_que_escribio_su_numero_y_a_ningun_otro(carpeta_datos: Path) -> None:
    programa = (
        "import signal, sys; from pathlib import Path; from bots.procesos import escribir_pid;"
        "signal.signal(signal.SIGUSR1, lambda *_: sys.exit(7));"
        "escribir_pid(Path(sys.argv[1]), 'mio'); print('listo', flush=True); signal.pause()"
    )
    hijo = subprocess.Popen([sys.executable, "-c", programa, str(carpeta_datos)], stdout=subprocess.PIPE)
    assert hijo.stdout is not None
    hijo.stdout.readline()
    ajeno = carpeta_datos / "procesos" / "ajeno.pid"
    ajeno.write_text(f"{hijo.pid} 1\n", encoding="ascii")  # el mismo número, de un proceso anterior
    assert procesos.leer_pids(carpeta_datos) == {"mio": hijo.pid}
    assert procesos.detener_procesos(carpeta_datos, "ajeno") == []
    assert procesos.detener_procesos(carpeta_datos) == ["mio"]
    assert hijo.wait(10) == 7
    hijo.stdout.close()
    assert procesos.leer_pids(carpeta_datos) == {}
    assert signal.getsignal(signal.SIGUSR1) is not None


def test_cerrar_dice_que_un_contrato_de_ticks_no_se_revende(sede: SedeEnHilo, carpeta_datos: Path) -> None:
    from timonel.alto import _vender_donde_sea

    contrato = sede.comprar("R_50", "CALL")
    cierres = asyncio.run(_vender_donde_sea())
    assert [(cierre.referencia, cierre.simbolo, cierre.resultado) for cierre in cierres] == [
        (contrato, "R_50", "no_revendible")
    ]


@pytest.fixture
def dudosa(con_clave: None, reloj: RelojManual) -> Orden:
    """Una orden de suerte desconocida en la cuenta de la sede de laboratorio."""
    ahora = RelojSistema().ahora()
    pedida = intencion(reloj, "DOT90000001")
    campos = campos_de(pedida, EstadoOrden.DESCONOCIDA, ahora) | {"enviado_en": ahora, "desconocida_desde": ahora}
    return Orden.objects.create(**campos)


@pytest.mark.django_db
def test_resolver_como_no_colocada_queda_auditado(consola: Consola, dudosa: Orden) -> None:
    assert [una["id_cliente"] for una in consola("estado", "--json").json["bots"]] == []
    dicho = consola("resolver", dudosa.id_cliente, "--no-colocada", "--json")
    assert (dicho.salida, dicho.json["estado"]) == (0, "NO_COLOCADA")
    assert FilaAuditoria.objects.filter(objeto=dudosa.id_cliente, actor__startswith="consola").exists()
    exigir_error(consola("resolver", dudosa.id_cliente, "--no-colocada"), "RES-03", 2)


@pytest.mark.django_db
def test_resolver_lo_que_no_existe(consola: Consola, con_clave: None) -> None:
    exigir_error(consola("resolver", "a" * 26, "--no-colocada"), "RES-02", 2)


@pytest.mark.django_db
def test_resolver_sin_sede_no_adopta_nada(consola: Consola, dudosa: Orden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMONEL_DERIV_TOKEN", CLAVE)
    monkeypatch.setenv("TIMONEL_DERIV_APP_ID", "1")
    monkeypatch.setenv("TIMONEL_DERIV_REST_URL", "http://127.0.0.1:9")
    exigir_error(consola("resolver", dudosa.id_cliente, "--contrato", 123), "DER-201", 3)
    dudosa.refresh_from_db()
    assert dudosa.estado == "DESCONOCIDA"


@pytest.mark.django_db
def test_resolver_con_el_contrato_que_la_sede_confirma(consola: Consola, sede: SedeEnHilo, dudosa: Orden) -> None:
    otro, bueno = sede.comprar("R_100", "CALL"), sede.comprar("R_50", "CALL")
    for contrato in (otro, "99", "no es un número"):
        exigir_error(consola("resolver", dudosa.id_cliente, "--contrato", contrato), "RES-04", 2)
    dicho = consola("resolver", dudosa.id_cliente, "--contrato", bueno, "--json")
    assert (dicho.salida, dicho.json["estado"]) == (0, "ACEPTADA")
    dudosa.refresh_from_db()
    assert dudosa.referencia == bueno
