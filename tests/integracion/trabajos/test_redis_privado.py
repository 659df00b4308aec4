"""El Redis de las pruebas: propio, con clave, y muere y vuelve en el mismo puerto."""

from pathlib import Path

import pytest
import redis

from dominio.errores import ErrorServicio
from tests.servicios.redis_privado import redis_privado
from timonel.ensayos import redis_propio
from timonel.ensayos.redis_propio import RedisPropio, hallar_redis


def test_muere_y_vuelve_vacio_en_el_mismo_puerto() -> None:
    with redis_privado() as servidor:
        redis.Redis.from_url(servidor.url).set("algo", "1")
        servidor.matar()
        assert not servidor.responde()
        antes = servidor.url
        assert servidor.arrancar() == antes
        assert redis.Redis.from_url(servidor.url).get("algo") is None


def test_sin_clave_no_deja_hacer_nada() -> None:
    with redis_privado() as servidor, pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url("redis://" + servidor.url.rpartition("@")[2]).ping()


def test_sin_redis_ni_apt_dice_que_instalar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_propio.shutil, "which", lambda _nombre: None)
    with pytest.raises(ErrorServicio) as fallo:
        hallar_redis(cache=tmp_path)
    assert fallo.value.codigo == "SRV-RE2"


@pytest.mark.lento
def test_el_descargado_de_debian_funciona_sin_instalar_nada(tmp_path: Path) -> None:
    try:
        programa = hallar_redis(del_sistema=False, cache=tmp_path)
    except ErrorServicio as motivo:
        pytest.skip(str(motivo))
    assert programa.is_relative_to(tmp_path)
    with RedisPropio(programa) as servidor:
        assert servidor.responde()
