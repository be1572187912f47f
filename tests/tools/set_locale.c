/* Loaded before a test program (LD_PRELOAD): sets the locale of the environment as a host might,
 * before the first line of the program runs. A locale that is not there ends the program, so that
 * no test passes under another one. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void set_locale(void)
{
	if (setlocale(LC_ALL, "") == NULL) {
		fprintf(stderr, "the locale of LC_ALL is not installed\n");
		_Exit(3);
	}
}
