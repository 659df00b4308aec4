"""El bot de CALL/PUT con meta y stop dinámicos sobre Deriv."""
