"""Operations that people confirm by a code."""
