/* Loaded before a program (LD_PRELOAD): writes the program's name into the folder CSTN_SEE_THREADS
 * when it starts a thread. So the stages know what ThreadSanitizer has to look at. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(
		pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *context)
{
	const char *folder = getenv("CSTN_SEE_THREADS");
	create *next = (create *)dlsym(RTLD_NEXT, "pthread_create");
	char path[4096];
	int file;

	if (folder) {
		snprintf(path, sizeof(path), "%s/%s", folder, program_invocation_short_name);
		file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		if (file >= 0)
			close(file);
	}
	return next(thread, how, start, context);
}
