"""Lo que se despliega: nadie es root ni escribe donde no debe, el panel no ve las llaves y las redes están partidas."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rutas import RAIZ

pytestmark = pytest.mark.rapido

COMPOSE: dict[str, Any] = yaml.safe_load((RAIZ / "compose.yaml").read_text(encoding="utf-8"))
SERVICIOS: dict[str, dict[str, Any]] = COMPOSE["services"]
UNIDADES = sorted((RAIZ / "despliegue" / "systemd").glob("*.service"))
DE_UNA_VEZ = {"preparar"}
SOLO_DE_QUIEN_OPERA = {"llave_sobres", "deriv_token"}


def _redes(servicio: dict[str, Any]) -> set[str]:
    return set(servicio["networks"])


@pytest.mark.parametrize("nombre", SERVICIOS)
def test_cada_servicio_va_blindado(nombre: str) -> None:
    servicio = SERVICIOS[nombre]
    assert int(servicio["user"].split(":")[0]) > 0
    assert servicio["read_only"] is True
    assert any(ruta.startswith("/tmp") for ruta in servicio["tmpfs"])
    assert servicio["cap_drop"] == ["ALL"] and "cap_add" not in servicio and not servicio.get("privileged")
    assert servicio["security_opt"] == ["no-new-privileges:true"]
    assert servicio["pids_limit"] and servicio["mem_limit"]
    assert not any("docker.sock" in str(volumen) for volumen in servicio.get("volumes", ()))
    if nombre not in DE_UNA_VEZ:
        assert servicio["restart"] == "unless-stopped"
        assert servicio["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_estan_todos_los_servicios() -> None:
    assert set(SERVICIOS) >= {"web", "operador-deriv-dinamico", "celery", "beat", "postgres", "redis", "caddy"}
    assert SERVICIOS["web"]["command"][:2] == ["timonel", "panel"]
    assert SERVICIOS["operador-deriv-dinamico"]["command"] == ["timonel", "operar", "deriv_dinamico", "--esperar"]
    assert [n for n, s in SERVICIOS.items() if "beat" in s.get("command", ())] == ["beat"]


def test_solo_caddy_publica_puertos_y_las_redes_estan_partidas() -> None:
    assert [nombre for nombre, servicio in SERVICIOS.items() if servicio.get("ports")] == ["caddy"]
    internas = {red for red, ajustes in COMPOSE["networks"].items() if ajustes.get("internal")}
    assert internas == {"frontal", "interna", "cola"}
    # El panel no sale a la red ni llega a Redis; la base y Redis, tampoco salen.
    assert _redes(SERVICIOS["web"]) == {"frontal", "interna"}
    assert _redes(SERVICIOS["postgres"]) == {"interna"}
    assert _redes(SERVICIOS["redis"]) == {"cola"}
    assert _redes(SERVICIOS["caddy"]).isdisjoint({"interna", "cola"})


def test_las_llaves_de_la_sede_las_ve_solo_quien_opera() -> None:
    con_llaves = {n for n, s in SERVICIOS.items() if SOLO_DE_QUIEN_OPERA & set(s.get("secrets", ()))}
    assert con_llaves == {"operador-deriv-dinamico"}
    entorno = SERVICIOS["web"]["environment"]
    assert not {n for n in entorno if "LLAVE_SOBRES_FILE" in n or "DERIV" in n or "REDIS" in n}
    assert entorno["TIMONEL_TRABAJOS"] == "no"
    assert SERVICIOS["web"]["volumes"] == ["datos:/datos:ro"]


def test_ningun_secreto_va_en_el_entorno_y_todos_son_ficheros() -> None:
    declarados = COMPOSE["secrets"]
    assert all(
        set(secreto) == {"file"} and secreto["file"].startswith("./secretos/") for secreto in declarados.values()
    )
    usados = {secreto for servicio in SERVICIOS.values() for secreto in servicio.get("secrets", ())}
    assert usados == set(declarados)
    for servicio in SERVICIOS.values():
        for variable, valor in servicio.get("environment", {}).items():
            delicada = re.search("TOKEN|CLAVE|PASSWORD|PIN|BASE_DE_DATOS|LLAVE", variable)
            if delicada:
                assert valor.startswith("/run/secrets/"), variable
                assert valor.removeprefix("/run/secrets/") in servicio["secrets"], variable


def test_cada_variable_que_se_pone_existe() -> None:
    documentadas = set(re.findall(r"TIMONEL_\w+", (RAIZ / ".env.ejemplo").read_text(encoding="utf-8")))
    puestas = {v for s in SERVICIOS.values() for v in s.get("environment", {}) if v.startswith("TIMONEL_")}
    en_unidades = set(re.findall(r"(TIMONEL_\w+)=", "\n".join(u.read_text(encoding="utf-8") for u in UNIDADES)))
    assert (puestas | en_unidades) - documentadas == set()


def test_preparar_crea_claves_propias_y_no_pisa_las_que_hay(tmp_path: Path) -> None:
    copia = tmp_path / "copia"
    (copia / "despliegue").mkdir(parents=True)
    shutil.copy(RAIZ / "despliegue" / "preparar.sh", copia / "despliegue")
    (copia / ".venv" / "bin").mkdir(parents=True)
    timonel = copia / ".venv" / "bin" / "timonel"
    timonel.write_text(f'#!/bin/sh\ncd "{RAIZ}" && exec "{sys.executable}" -m timonel.cli "$@"\n', encoding="utf-8")
    timonel.chmod(0o755)

    def preparar() -> dict[str, str]:
        subprocess.run(["sh", str(copia / "despliegue" / "preparar.sh")], check=True, capture_output=True, timeout=120)
        return {ruta.name: ruta.read_text(encoding="ascii") for ruta in (copia / "secretos").iterdir()}

    primera = preparar()
    assert set(primera) == set(COMPOSE["secrets"])
    assert primera["postgres_clave"].strip() in primera["base_de_datos"]
    assert primera["redis_clave"].strip() in primera["redis_url"]
    assert len(primera["clave_secreta"]) > 50
    assert primera["llave_sobres"] != primera["llave_sobres_publica"]
    modos = {ruta.name: ruta.stat().st_mode & 0o077 for ruta in (copia / "secretos").iterdir()}
    assert set(modos.values()) == {0}
    assert preparar() == primera


def test_la_imagen_no_lleva_datos_ni_claves_ni_corre_como_root() -> None:
    ignorado = (RAIZ / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".env", ".timonel", "secretos", ".venv", "tests"} <= set(ignorado)
    receta = (RAIZ / "Dockerfile").read_text(encoding="utf-8")
    usuario = re.findall(r"^USER (\d+):", receta, re.MULTILINE)
    assert usuario and int(usuario[-1]) > 0
    assert re.search(r"^ARG BASE=python:3\.1[123]-slim", receta, re.MULTILINE)


def test_docker_compose_entiende_el_fichero(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no hay cliente de docker con compose")
    entorno = os.environ | {"TIMONEL_DOMINIOS": "panel.ejemplo.com"}
    hecho = subprocess.run(
        [docker, "compose", "-f", str(RAIZ / "compose.yaml"), "config", "--quiet"],
        capture_output=True, text=True, check=False, env=entorno, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    assert hecho.returncode == 0, hecho.stderr


@pytest.mark.parametrize("unidad", UNIDADES, ids=lambda ruta: ruta.name)
def test_cada_unidad_de_systemd_va_blindada(unidad: Path) -> None:
    lineas = unidad.read_text(encoding="utf-8").splitlines()
    for obligada in ("NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "Restart=always"):
        assert obligada in lineas
    assert "User=timonel" in lineas or "DynamicUser=yes" in lineas
    assert not any(re.match(r"Environment=.*(TOKEN|CLAVE_SECRETA|PIN|BASE_DE_DATOS)=", linea) for linea in lineas)


def test_en_systemd_las_llaves_las_ve_solo_quien_opera() -> None:
    ven = {u.name for u in UNIDADES if re.search(r"LoadCredential=(llave_sobres|deriv_token):", u.read_text("utf-8"))}
    assert ven == {"timonel-operador@.service"}


def test_systemd_entiende_las_unidades(tmp_path: Path) -> None:
    verificador = shutil.which("systemd-analyze")
    if verificador is None:
        pytest.skip("no hay systemd-analyze")
    for unidad in UNIDADES:  # los programas no están instalados aquí: lo que se mira son las unidades
        texto = re.sub(
            r"/opt/timonel/\.venv/bin/\w+", shutil.which("true") or "/bin/true", unidad.read_text(encoding="utf-8")
        )
        (tmp_path / unidad.name.replace("@.", "@bot.")).write_text(texto, encoding="utf-8")
    rutas = [str(ruta) for ruta in sorted(tmp_path.iterdir())]
    hecho = subprocess.run([verificador, "verify", "--man=no", *rutas], capture_output=True, text=True, check=False)
    suyas = [linea for linea in hecho.stderr.splitlines() if "timonel-" in linea]
    assert suyas == [], hecho.stderr
