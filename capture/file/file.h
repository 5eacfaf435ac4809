/* SPDX-License-Identifier: MIT */
/* Frames from a capture file, in batches: classic pcap (stamps in us or ns, both byte orders; also
 * several strung together), pcapng (both byte orders, several sections and interfaces), whatever
 * else libpcap opens, and each of them compressed (gzip, zstd, xz, lz4, bzip2, lzip, compress).
 * Which one it is, the first bytes say; a pipe is as good as a file. Memory is the same for a file
 * of any length, and what a file says of its own lengths is never believed. Formats:
 * draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng. */
#ifndef LASTACK_CAPTURE_FILE_H
#define LASTACK_CAPTURE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct file;

#define FILE_ERROR_SIZE 256
#define FILE_CAPTURED_MAX 262144 /* bytes of one frame; a record that claims more is damage */

/* One record, in the order of the file. `bytes` is not aligned. */
struct frame_header {
	int64_t time_ns; /* since the epoch; 0 in a record without a stamp (pcapng's simple packet)
	                  */
	const uint8_t *bytes;
	uint32_t captured; /* bytes there are */
	uint32_t length; /* bytes there were on the wire, >= captured */
	int32_t linktype; /* as frame_decode() takes it; of this record: pcapng has several */
	uint32_t interface; /* from 0, counted through all sections of the file; 0 in other formats
	                     */
};

/* Opens a capture; "-" is stdin. Reads its beginning, so on a pipe it waits for that. Returns 0, or
 * a negative errno with the reason in error[FILE_ERROR_SIZE], file name first: what open() and
 * read() say, -ENODATA nothing in it, -EBADMSG no capture file or of an unknown kind, -ENOMEM. The
 * descriptor of file_open_fd() stays the caller's and must stay open; `name` (copied) is for
 * messages. */
int file_open(const char *path, struct file **ret, char *error);
int file_open_fd(int fd, const char *name, struct file **ret, char *error);
void file_close(struct file *file); /* takes NULL */

/* Fills up to `room` (> 0) records. Returns how many, 0 at the end. Their bytes are valid until the
 * next call. Reads only when no whole record is at hand, and then only what is there, so what comes
 * through a pipe is handed on before its end. A file cut short or damaged ends there: every whole
 * record before that is handed over first, then 0 comes and file_note() tells. -EINTR: a signal
 * came while it waited, call again. Any other negative errno: reading failed, file_note() tells;
 * again, everything before it was handed over. After the end it keeps saying the same. */
int file_next_batch(struct file *file, struct frame_header *batch, size_t room);

/* Why the end came early: "cut short after record 17", "damaged after record 17: ...", "reading
 * failed after record 17: ...". NULL while there is more, or if the file is whole. A cut between
 * two records cannot be seen. Of what was compressed, what the decompressor had
 * at hand is lost too: 64 KiB, or the format's block (lz4 4 MiB, bzip2 900 kB). Owned by the file.
 */
const char *file_note(const struct file *file);

/* How many records were handed over: the number of the last one, as Wireshark counts them. */
uint64_t file_records(const struct file *file);

/* "pcap", "pcapng" or "libpcap" (read by its help), for messages; static. */
const char *file_format(const struct file *file);

#endif
