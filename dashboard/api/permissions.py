"""Quién puede qué: el rol de la persona y, si entra un programa, también el alcance de su ficha."""

from typing import Any

from rest_framework.permissions import BasePermission

from dashboard.acceso.roles import ADMINISTRAR, LEER, OPERAR, cubre, puede


class _Rol(BasePermission):
    rol = ADMINISTRAR

    def has_permission(self, request: Any, view: Any) -> bool:
        """Devuelve si la sesión o la ficha llegan a este rol."""
        usuario = request.user
        if not usuario or not usuario.is_authenticated or not puede(usuario, self.rol):
            return False
        return request.auth is None or cubre(getattr(request.auth, "alcance", ""), self.rol)


class Leer(_Rol):
    """Leer: quien mira."""

    rol = LEER


class Operar(_Rol):
    """Operar: además, parar y reanudar."""

    rol = OPERAR


class Administrar(_Rol):
    """Administrar: todo. Es lo que se pide a una vista que no diga otra cosa."""
