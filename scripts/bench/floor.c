/* What a case costs at least: a static program that does the unavoidable and nothing else.
 *
 *   floor exit                  start and end
 *   floor exec PROGRAM ARG...   become another program
 *   floor read PATH...          read each file, and the names in each directory
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[1 << 16];

static int look_at(const char *path) {
  struct stat found;
  if (stat(path, &found) != 0) return 1;
  if (S_ISDIR(found.st_mode)) {
    DIR *directory = opendir(path);
    if (!directory) return 1;
    while (readdir(directory)) {}
    return closedir(directory);
  }
  int file = open(path, O_RDONLY);
  if (file < 0) return 1;
  while (read(file, buffer, sizeof buffer) > 0) {}
  return close(file);
}

int main(int count, char **args) {
  if (count > 2 && strcmp(args[1], "exec") == 0) return execv(args[2], args + 2);
  int failed = 0;
  for (int index = 2; index < count; index++) failed |= look_at(args[index]);
  return failed;
}
