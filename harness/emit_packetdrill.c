/* SPDX-License-Identifier: MIT */
#include "emit_languages.h"
int emit_packetdrill(const struct emit_plan *plan, FILE *stream)
{
	return emit_refuse(plan, NULL, "not yet");
}
