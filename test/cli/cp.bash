# skiff cp.

test_file_in_and_out() {
    start_sleeper c
    echo one >file && chmod 640 file
    run 0 cp file c:/
    run 0 exec c cat /file
    is "$output" one
    run 0 cp file c:/renamed
    run 0 cp c:/renamed back
    is "$(cat back) $(stat -c %a back)" "one 640"
    mkdir out
    run 0 container cp c:/file out
    is "$(cat out/file)" one
    run 0 cp c:file relative
    is "$(cat relative)" one
    is "$errors" ""
}

test_stopped_and_created_and_initialized() {
    echo one >file
    run 0 create --name created "$IMAGE" true
    run 0 run --name exited "$IMAGE" true
    run 0 create --name initialized "$IMAGE" true
    run 0 init initialized
    local how
    for how in created exited initialized; do
        run 0 cp file "$how:/tmp/"
        run 0 cp "$how:/tmp/file" "from-$how"
        is "$(cat "from-$how")" one
    done
}

test_directories() {
    start_sleeper c
    mkdir -p tree/sub && echo a >tree/sub/a && ln -s sub/a tree/link && touch -d @1000000000 tree/sub/a
    # Not there: becomes the directory. There: gets it inside. With /.: only the content.
    run 0 cp tree c:/new
    run 0 cp tree c:/tmp
    run 0 cp tree/. c:/flat
    run 0 cp tree/. c:/home
    run 0 exec c sh -c 'cat /new/link /tmp/tree/link /flat/link /home/link; stat -c %Y /new/sub/a; readlink /flat/link'
    is "$output" $'a\na\na\na\n1000000000\nsub/a'
    run 0 cp c:/new out
    run 0 cp c:/new/. out
    mkdir there
    run 0 cp c:/new there
    is "$(cat out/link there/new/link)" $'a\na'
    missing out/new
    # Once more: merged.
    echo b >tree/sub/b && rm tree/sub/a
    run 0 cp tree/. c:/flat
    run 0 exec c sh -c 'ls /flat/sub | xargs'
    is "$output" "a b"
}

test_names_that_do_not_fit() {
    start_sleeper c
    mkdir tree && echo one >file
    run 125 cp file c:/no/such/directory
    says /no/such/directory
    run 125 cp file c:/nothere/
    says nothere
    run 125 cp tree/. c:/no/such/directory
    run 125 cp tree c:/etc/passwd
    says "not a directory"
    run 125 cp c:/nosuch out
    says nosuch
    run 125 cp nosuch c:/
    says nosuch
    run 125 cp file other:/
    says other
    run 125 cp file out
    run 125 cp c: out
    run 125 cp file c:
    run 125 cp file/ c:/tmp
    says directory
    skiff exec c mkdir /tmp/file
    run 125 cp file c:/tmp
    says overwrite
    run 0 cp --overwrite file c:/tmp
    run 0 exec c cat /tmp/file
    is "$output" one
}

test_owners() {
    start_sleeper c --user 1234:1235
    mkdir tree && echo one >tree/file && chown -R 7:8 tree
    run 0 cp tree c:/tmp/
    run 0 exec c stat -c %u:%g /tmp/tree /tmp/tree/file
    is "$output" $'1234:1235\n1234:1235'
    run 0 cp -a=false tree/file c:/tmp/kept
    run 0 exec c stat -c %u:%g /tmp/kept
    is "$output" 7:8
    tar -C tree -c file | skiff cp - c:/tmp
    run 0 exec c stat -c %u:%g /tmp/file
    is "$output" 1234:1235
    # What comes out is the caller's.
    run 0 cp c:/tmp/tree out
    is "$(stat -c %u:%g out out/file | sort -u)" 0:0
}

test_a_stranger_s_setuid_program_does_not_become_root_s() {
    start_sleeper c
    skiff exec c sh -c 'cp /bin/busybox /tmp/x; chown 7:8 /tmp/x; chmod 6755 /tmp/x'
    run 0 cp c:/tmp/x out
    is "$(stat -c %a:%u out)" 755:0
}

test_links() {
    start_sleeper c
    skiff exec c sh -c 'echo target >/target; ln -s /target /link; ln -s ../../../../etc /up; ln -s /nosuch /dangling; mkdir /d; ln -s /d /dlink; echo x >/d/x; ln -s /loop /loop'
    # A link that is named is followed, inside the container.
    run 0 cp c:/link out
    is "$(cat out) $(stat -c %F out)" "target regular file"
    mkdir into
    run 0 cp c:/link into
    is "$(cat into/target)" target
    run 0 cp c:/dlink/. content
    is "$(cat content/x)" x
    run 0 cp c:/up/hostname name
    run 125 cp c:/dangling out
    run 125 cp c:/loop out
    # So is one at the other end.
    echo in >file
    run 0 cp file c:/dlink
    run 0 exec c cat /d/file
    is "$output" in
    run 0 cp file c:/link
    run 0 exec c sh -c 'cat /target; readlink /link'
    is "$output" $'in\n/target'
}

test_links_lead_nowhere_outside() {
    start_sleeper c
    mkdir secret && echo secret >secret/file
    skiff exec c sh -c "ln -s '$PWD/secret' /out; ln -s '../../../../../../../../../..$PWD/secret' /climb; mkdir /tree; ln -s '$PWD/secret/file' /tree/link"
    run 125 cp c:/out/file stolen
    run 125 cp c:/climb/file stolen
    missing stolen
    echo attack >file
    run 125 cp file c:/out/
    is "$(cat secret/file)" secret
    missing secret/attack
    # A link inside a tree is copied as one, and a later copy does not go through it.
    run 0 cp c:/tree tree
    is "$(readlink tree/link)" "$PWD/secret/file"
    skiff exec c sh -c 'rm /tree/link; echo attack >/tree/link'
    run 0 cp c:/tree/. tree
    is "$(cat secret/file) $(cat tree/link)" "secret attack"
}

test_links_that_move() {
    start_sleeper c
    mkdir secret && echo secret >secret/marker
    # The container swaps a directory and a link to the host's while files are copied in and out.
    skiff exec -d c sh -c "mkdir /a; ln -s '$PWD/secret' /l; while :; do mv /a /b; mv /l /a; mv /a /l; mv /b /a; done"
    echo in >file
    local i
    for ((i = 0; i < 25; i++)); do
        skiff cp file c:/a/marker 2>/dev/null || true
        skiff cp c:/a out.$i 2>/dev/null || true
    done
    is "$(cat secret/*)" secret
    ! grep -rqs secret out.* || fail "a file from outside was copied"
}

test_special_files() {
    start_sleeper c
    skiff exec c sh -c 'mkdir /s; mkfifo /s/fifo; ln -s nowhere /s/link; touch "/s/a
b"; truncate -s 3G /s/sparse'
    run 0 cp c:/s out
    is "$(stat -c %F out/fifo)" fifo
    mknod out/null c 1 3
    run 0 cp out c:/again
    run 0 cp c:/again/null null
    is "$(stat -c %F:%t:%T null)" "character special file:1:3"
    exists $'out/a\nb'
    is "$(readlink out/link)" nowhere
    is "$(stat -c %s out/sparse)" 3221225472
    is "$(du -m out/sparse | cut -f 1)" 0
    run 0 cp c:/proc/version version
    like "$(cat version)" Linux
    run 0 cp /proc/version c:/version
    run 0 exec c cat /version
    like "$output" Linux
}

test_names_of_all_kinds() {
    start_sleeper c
    mkdir names && touch "names/ü ä" "names/with:colon" $'names/\xff\xfe' "names/-dash" "names/.wh.hidden" "names/*"
    run 0 cp names c:/
    run 0 cp c:/names back
    is "$(cd back && printf '%q\n' * .w*)" "$(cd names && printf '%q\n' * .w*)"
    skiff cp c:/names/. - | tar -C "$(mktemp -d -p .)" -xf -
    is "$(find tmp.* -type f | wc -l)" 6
    touch a:b
    run 125 cp a:b c:/
    run 0 cp ./a:b c:/
    run 0 cp "$PWD/a:b" c:/tmp
    run 0 cp c:/a:b out
}

test_extended_attributes() {
    start_sleeper c
    echo x >file
    python3 -c 'import os; os.setxattr("file", "user.note", b"hello")' 2>/dev/null || skip "no extended attributes here"
    run 0 cp file c:/file
    run 0 cp c:/file back
    is "$(python3 -c 'import os; print(os.getxattr("back", "user.note").decode())')" hello
    skiff cp c:/file - >file.tar
    contains file.tar SCHILY.xattr.user.note=hello
}

test_tar_out() {
    start_sleeper c
    skiff exec c sh -c 'mkdir -p /d/sub; echo x >/d/sub/f; ln /d/sub/f /d/sub/g'
    skiff cp c:/d - >d.tar
    is "$(tar -tf d.tar | xargs)" "d/ d/sub/ d/sub/f d/sub/g"
    is "$(skiff cp c:/d/. - | tar -t | sort | xargs)" "sub/ sub/f sub/g"
    is "$(skiff cp c:/d/sub/f - | tar -xO)" x
    run 125 cp c:/nosuch -
    says nosuch
}

test_tar_in() {
    start_sleeper c
    mkdir -p tree/etc && echo x >tree/etc/x
    tar -C tree -cf t.tar .
    local method
    for method in cat gzip zstd; do
        $method <t.tar | skiff cp - c:/tmp
        run 0 exec c cat /tmp/etc/x
        is "$output" x
        skiff exec c rm -r /tmp/etc
    done
    run 125 cp - c:/etc/passwd <t.tar
    says "not a directory"
    run 125 cp - c:/nosuch <t.tar
    echo text >text
    run 125 cp - c:/tmp <text
    run 125 cp - c:/tmp </dev/null
    # Links in an archive lead nowhere outside, either.
    mkdir secret
    python3 - "$PWD/secret" >evil.tar <<'PYTHON'
import io, sys, tarfile
archive = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
link = tarfile.TarInfo("l"); link.type = tarfile.SYMTYPE; link.linkname = sys.argv[1]; archive.addfile(link)
info = tarfile.TarInfo("l/file"); info.size = 1; archive.addfile(info, io.BytesIO(b"x"))
archive.close()
PYTHON
    skiff cp - c:/tmp <evil.tar || true
    is "$(ls secret)" ""
    skiff exec c sh -c "ln -s '$PWD/secret' /tmp/etc"
    run 125 cp - c:/tmp <t.tar
    is "$(ls secret)" ""
}

test_between_containers() {
    start_sleeper a
    run 0 create --name b "$IMAGE" true
    skiff exec a sh -c 'mkdir /d; echo x >/d/f'
    run 0 cp a:/d b:/
    run 0 cp b:/d/f back
    is "$(cat back)" x
    run 0 cp b:/d a:/tmp
    run 0 exec a cat /tmp/d/f
    is "$output" x
    run 0 cp a:/d/f a:/copy
    run 0 exec a cat /copy
    is "$output" x
    run 125 cp a:/d a:/d/inside
    says inside
    run 125 cp a:/d/. a:/d
    run 125 cp a:/ a:/tmp/root
    run 0 exec a ls /d
    is "$output" f
    # Both stopped, and one with itself.
    run 0 create --name e "$IMAGE" true
    run 0 cp b:/d/f e:/f
    run 0 cp e:/f e:/g
    local i
    for i in 1 2 3 4; do
        skiff cp b:/d/f e:/h &
        skiff cp e:/f b:/i &
    done
    wait
    run 0 cp b:/i back
}

test_what_is_mounted() {
    mkdir bind && echo bound >bind/file
    start_sleeper c -v "$PWD/bind:/data" --tmpfs /scratch --read-only
    skiff exec c sh -c 'echo t >/scratch/t'
    run 0 cp c:/data/file out
    is "$(cat out)" bound
    run 0 cp c:/scratch/t t
    is "$(cat t)" t
    echo in >file
    run 0 cp file c:/scratch
    run 0 exec c cat /scratch/file
    is "$output" in
    run 0 cp file c:/data/new
    is "$(cat bind/new)" in
}

test_large_file() {
    start_sleeper c
    head -c 20000000 /dev/urandom >big
    run 0 cp big c:/big
    run 0 exec c sha256sum /big
    is "${output%% *}" "$(sha256sum <big | cut -d ' ' -f 1)"
    run 0 cp c:/big back
    cmp big back
}
