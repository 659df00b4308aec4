"""Entrar: enlace de un solo uso, contraseña, segundo factor y bloqueo."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.acceso import services
from dashboard.acceso.models import EnlaceUnUso
from dashboard.acceso.roles import rol_de
from dominio.reloj import RelojSistema
from historial.models import Evento, FilaAuditoria
from tests.integracion.acceso.ayudas import CONTRASENA, SECRETO, codigo, entrar, factores, persona, por_la_puerta

pytestmark = pytest.mark.django_db


def _ahora():
    return RelojSistema().ahora()


def _enlace(**opciones) -> str:
    ficha = services.invitar("ana", "operar", "prueba", ahora=_ahora(), **opciones)
    return reverse("acceso:enlace", args=[ficha])


def _fijar(cliente: Client, url: str, nueva: str = CONTRASENA, **extra):
    return cliente.post(url, {"nueva": nueva, "repetida": nueva}, **extra)


def test_el_enlace_fija_la_contrasena_entra_e_invita_al_segundo_factor() -> None:
    url, cliente = _enlace(), Client()
    assert cliente.get(url).status_code == 200
    respuesta = _fijar(cliente, url)
    assert (respuesta.status_code, respuesta["Location"]) == (302, reverse("acceso:segundo_factor"))
    usuario = User.objects.get(username="ana")
    assert (usuario.check_password(CONTRASENA), rol_de(usuario)) == (True, "operar")
    assert usuario.password.startswith("argon2")
    assert cliente.get(reverse("acceso:cuenta")).status_code == 200


def test_abrirlo_no_lo_gasta_y_usarlo_dos_veces_no_se_puede() -> None:
    url = _enlace()
    assert [Client().get(url).status_code for _ in range(3)] == [200, 200, 200]
    assert _fijar(Client(), url).status_code == 302
    segunda = _fijar(Client(), url, "otra-contraseña-bien-larga")
    assert segunda.status_code == 410
    assert User.objects.get(username="ana").check_password(CONTRASENA)


def test_el_enlace_caduca_a_los_quince_minutos_justos() -> None:
    url = _enlace()
    enlace = EnlaceUnUso.objects.get()
    assert enlace.caduca_en - enlace.creado_en == timedelta(minutes=15)
    EnlaceUnUso.objects.update(caduca_en=_ahora())
    assert Client().get(url).status_code == 410
    assert _fijar(Client(), url).status_code == 410


def test_pedir_otro_enlace_anula_el_anterior() -> None:
    primero, segundo = _enlace(), _enlace()
    assert Client().get(primero).status_code == 410
    assert Client().get(segundo).status_code == 200


def test_el_de_la_demostracion_solo_vale_en_este_equipo() -> None:
    url = _enlace(solo_local=True)
    assert Client(REMOTE_ADDR="192.0.2.7").get(url).status_code == 410
    assert Client(HTTP_X_FORWARDED_FOR="127.0.0.1").get(url).status_code == 410
    assert Client(REMOTE_ADDR="::1").get(url).status_code == 200
    assert _fijar(Client(REMOTE_ADDR="192.0.2.7"), url).status_code == 410
    assert _fijar(Client(), url).status_code == 302


@pytest.mark.parametrize("mala", ["corta", "123456789012", "contraseña12", "ana-ana-ana-ana"[:11]])
def test_una_contrasena_floja_no_vale_y_no_gasta_el_enlace(mala: str) -> None:
    url = _enlace()
    respuesta = _fijar(Client(), url, mala) if mala != "contraseña12" else _fijar(Client(), url, "password1234")
    assert respuesta.status_code == 400
    assert Client().get(url).status_code == 200


def test_de_la_base_no_se_saca_un_enlace() -> None:
    url = _enlace()
    assert url.split("/")[-2] not in EnlaceUnUso.objects.get().resumen
    assert Client().get(reverse("acceso:enlace", args=[EnlaceUnUso.objects.get().resumen])).status_code == 410


def test_el_enlace_no_se_salta_el_segundo_factor_de_quien_ya_lo_tiene() -> None:
    persona("operar", "ana", factor=True)
    cliente = Client()
    respuesta = _fijar(cliente, _enlace(), "una-contraseña-muy-nueva")
    assert respuesta["Location"] == reverse("mfa_authenticate")
    assert cliente.get(reverse("acceso:cuenta")).status_code == 302


def test_se_entra_por_nombre_y_con_el_codigo() -> None:
    usuario = persona("leer", "eva", factor=True)
    cliente, respuesta = por_la_puerta("eva")
    assert respuesta["Location"] == reverse("mfa_authenticate")
    assert cliente.get(reverse("acceso:cuenta")).status_code == 302
    assert cliente.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert cliente.post(reverse("mfa_authenticate"), {"code": codigo()}).status_code == 302
    assert cliente.get(reverse("acceso:cuenta")).status_code == 200
    assert FilaAuditoria.objects.filter(flujo="acceso", accion="entra", objeto="eva").exists()
    assert factores(usuario) == {"totp"}


@pytest.mark.django_db(transaction=True)
def test_activar_totp_da_codigos_de_recuperacion_que_sirven_una_vez() -> None:
    usuario = persona("leer", "eva")
    cliente, _ = por_la_puerta("eva")
    pagina = cliente.get(reverse("mfa_activate_totp"))
    secreto = pagina.context["form"].secret
    assert secreto in pagina.content.decode()
    assert cliente.post(reverse("mfa_activate_totp"), {"code": codigo(secreto)}).status_code == 302
    assert cliente.get(reverse("acceso:cuenta")).context["reforzada"]
    assert factores(usuario) == {"totp", "recovery_codes"}
    de_recuperacion = cliente.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert len(de_recuperacion) == 10
    otro, _ = por_la_puerta("eva")
    assert otro.post(reverse("mfa_authenticate"), {"code": de_recuperacion[0]}).status_code == 302
    tercero, _ = por_la_puerta("eva")
    assert tercero.post(reverse("mfa_authenticate"), {"code": de_recuperacion[0]}).status_code == 200


def test_el_secreto_del_factor_no_esta_en_claro_en_la_base() -> None:
    from allauth.mfa.models import Authenticator

    usuario = persona("leer", "eva", factor=True)
    guardado = str(Authenticator.objects.get(user=usuario).data)
    assert SECRETO not in guardado
    assert "sb1|" in guardado


def test_cinco_fallos_bloquean_la_cuenta_y_el_sitio_en_la_base() -> None:
    persona("leer", "eva")
    persona("leer", "otra")
    for _ in range(4):
        assert por_la_puerta("eva", "mala")[1].status_code == 200
    assert por_la_puerta("eva", "mala")[1].status_code == 429
    assert por_la_puerta("eva")[1].status_code == 429
    assert por_la_puerta("EVA", cliente=Client(REMOTE_ADDR="192.0.2.9"))[1].status_code == 429
    assert por_la_puerta("otra")[1].status_code == 429
    assert por_la_puerta("otra", cliente=Client(REMOTE_ADDR="192.0.2.9"))[1].status_code == 302
    assert AccessAttempt.objects.get(username="eva").failures_since_start == 5


def test_el_bloqueo_pasa_a_los_quince_minutos_o_al_desbloquear() -> None:
    from dashboard.acceso.bloqueo import desbloquear

    persona("leer", "eva")
    for _ in range(5):
        por_la_puerta("eva", "mala")
    AccessAttempt.objects.update(attempt_time=_ahora() - timedelta(minutes=15, seconds=1))
    assert por_la_puerta("eva")[1].status_code == 302
    for _ in range(5):
        por_la_puerta("eva", "mala")
    assert por_la_puerta("eva")[1].status_code == 429
    assert desbloquear("Eva") == 1
    assert por_la_puerta("eva")[1].status_code == 302


def test_los_codigos_malos_cuentan_como_intentos() -> None:
    persona("leer", "eva", factor=True)
    cliente, _ = por_la_puerta("eva")
    estados = [cliente.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code for _ in range(5)]
    assert estados == [200, 200, 200, 200, 429]
    assert cliente.post(reverse("mfa_authenticate"), {"code": codigo()}).status_code == 429


def test_ni_registro_ni_recuperacion_por_correo() -> None:
    from django.urls import NoReverseMatch

    for nombre in ("account_signup", "account_reset_password", "account_email", "account_set_password"):
        with pytest.raises(NoReverseMatch):
            reverse(nombre)
    assert "signup" not in Client().get("/acceso/entrar/").content.decode()


def test_salir_pide_confirmarlo_y_cierra_la_sesion() -> None:
    cliente = entrar(persona("leer"))
    assert cliente.get(reverse("account_logout")).status_code == 200
    assert cliente.get(reverse("acceso:cuenta")).status_code == 200
    cliente.post(reverse("account_logout"))
    assert cliente.get(reverse("acceso:cuenta")).status_code == 302
    assert Evento.objects.filter(flujo="acceso", tipo="sale").exists()


def test_retirar_a_alguien_corta_su_sesion_en_el_acto() -> None:
    cliente = entrar(persona("administrar", "eva"))
    assert cliente.get(reverse("acceso:cuenta")).status_code == 200
    assert services.retirar("Eva", "prueba", ahora=_ahora())
    assert cliente.get(reverse("acceso:cuenta")).status_code == 302
    assert por_la_puerta("eva")[1].status_code == 200
