/* What the layers share: counting cases and saying what went wrong. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "layer.h"

int layer_case(layer *self, int failed, const char *format, ...)
{
	char why[sizeof(self->why)];
	va_list arguments;

	if (!failed) {
		self->passed++;
		return 0;
	}
	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	self->failed++;
	if (self->failed == 1)
		memcpy(self->why, why, sizeof(why));
	if (!self->quiet && self->failed <= 10)
		printf("FAILED %s: %s\n", self->name, why);
	fflush(stdout);
	return self->quiet;
}

void layer_say(const layer *self, const char *format, ...)
{
	va_list arguments;

	if (self->quiet)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
}

uint64_t layer_every(const layer *self)
{
	return self->every ? self->every : 1;
}

void layer_so_far(layer *self, uint64_t done, uint64_t step, const char *unit)
{
	if (!self->long_run || done / step == self->said / step)
		return;
	self->said = done;
	layer_say(self, "%s so far: %" PRIu64 " %s, %" PRIu64 " wrong", self->name, done, unit,
			self->failed);
}
