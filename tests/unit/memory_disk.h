#ifndef TESTS_MEMORY_DISK_H
#define TESTS_MEMORY_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "store/vfs.h"

/* A disk in memory whose n-th call fails, and which gives and takes as little as it is told: for
 * tests of one file at a time. Names are whole paths; there are no folders and no locks. */
#define MEMORY_DISK_FILES 8
typedef struct memory_disk {
	cstn__vfs vfs; /* hand out &disk.vfs */
	struct memory_disk_file {
		char name[64]; /* "": free */
		uint8_t *data;
		size_t size, capacity;
	} files[MEMORY_DISK_FILES];
	_Atomic uint64_t calls; /* of open, read, write, size, sync */
	uint64_t fail_at;       /* 1 fails the first call; 0 none */
	int fail_on;            /* 1: all from fail_at on fail */
	int reason;             /* the errno of a call that fails */
	uint64_t failures;
	size_t largest; /* bytes of one read or write; 0: any */
	_Atomic uint64_t reads;
	uint64_t writes, syncs, open_files;
} memory_disk;

void memory_disk_init(memory_disk *disk);
void memory_disk_free(memory_disk *disk);
/* The file of a name, or NULL. */
struct memory_disk_file *memory_disk_find(memory_disk *disk, const char *name);
/* Put a file there as it is to be; replaces one of that name. */
void memory_disk_put(memory_disk *disk, const char *name, const void *data, size_t size);

#endif
