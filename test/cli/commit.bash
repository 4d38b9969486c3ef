# skiff commit.

# Files as tar lists them, without times.
listing() { tar -tvf "$1" --numeric-owner | awk '{print $1, $2, $3, $6, $7, $8}' | sort -k4; }

changed() {
    run 0 run --name c "$@" "$IMAGE" sh -c 'echo new >/new; mkdir -p /d/e; echo deep >/d/e/f; rm /bin/vi; chmod 700 /home; ln -s new /link; ln /new /hard'
}

test_files() {
    changed
    run 0 commit -q c localhost/mine
    like "$output" '^[0-9a-f]{64}$'
    run 0 run --rm localhost/mine sh -c 'cat /new /d/e/f /link; stat -c %a /home; stat -c %h /hard; test -e /bin/vi || echo gone'
    is "$output" $'new\ndeep\nnew\n700\n2\ngone'
    is "$errors" ""
}

test_without_a_name_and_of_a_created_container() {
    run 0 create --name c "$IMAGE" true
    run 0 container commit c
    local id=$output
    run 0 image inspect -f '{{.Id}} {{.RepoTags}} {{len .RootFS.Layers}}' "$id"
    is "$output" "$id [] 2"
    run 0 run --rm "$id" echo runs
    is "$output" runs
}

test_running_container_with_mounts() {
    mkdir bind && echo outside >bind/file
    start_sleeper c -v "$PWD/bind:/data" --tmpfs /scratch
    skiff exec c sh -c 'echo in >/inside; echo no >/scratch/file'
    run 0 commit -q c localhost/mine
    run 0 run --rm localhost/mine sh -c 'cat /inside; ls /data /scratch; wc -c </run/.containerenv'
    unlike "$output" 'file'
    like "$output" '^in'
    is "$(state c)" running
}

test_configuration() {
    run 0 create --name c -e B=2 --label x=y --user 7:8 -w /tmp --entrypoint '["/bin/echo", "hello"]' "$IMAGE" world
    run 0 commit -q -a "A. Author" c localhost/mine
    run 0 image inspect -f '{{.Config.User}} {{.Config.WorkingDir}} {{json .Config.Entrypoint}} {{json .Config.Cmd}} {{.Config.Labels.x}} {{.Author}}' localhost/mine
    is "$output" '7:8 /tmp ["/bin/echo","hello"] ["world"] y A. Author'
    run 0 run --rm localhost/mine
    is "$output" "hello world"
    run 0 image inspect -f '{{json (index .History 1)}}' localhost/mine
    like "$output" '"created_by":"/bin/sh","author":"A. Author","comment":"FROM '"$IMAGE"':latest"'
}

test_change() {
    run 0 create --name c -e B=2 "$IMAGE" true
    run 0 commit -q -c 'CMD ["/bin/echo", "changed"]' -c 'ENV B=3 C=4' --change 'LABEL k=v' -c 'EXPOSE 80' -c 'VOLUME /v' c localhost/mine
    run 0 run --rm localhost/mine
    is "$output" changed
    run 0 image inspect -f '{{.Config.Env}} {{.Config.Labels.k}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}}' localhost/mine
    like "$output" 'B=3.*C=4.*\] v \{"80/tcp":\{\}\} \{"/v":\{\}\}'
    run 125 commit -q -c 'NONSENSE x' c localhost/other
    says NONSENSE
    run 1 image exists localhost/other
}

test_config_file() {
    run 0 create --name c -e B=2 "$IMAGE" true
    echo '{"Cmd": ["/bin/echo", "from a file"], "Labels": {"a": "b"}}' >config.json
    run 0 commit -q --config config.json -c 'LABEL c=d' c localhost/mine
    run 0 run --rm localhost/mine
    is "$output" "from a file"
    run 0 image inspect -f '{{.Config.Labels}} {{.Config.Env}}' localhost/mine
    like "$output" 'a:b c:d.*B=2'
    echo '{"Env": "text"}' >config.json
    run 125 commit -q --config config.json c localhost/other
    says config.json Env
    run 125 commit -q --config missing.json c localhost/other
    says missing.json
}

test_formats() {
    run 0 create --name c "$IMAGE" true
    run 0 commit -q c localhost/oci
    run 0 image inspect -f '{{.ManifestType}}' localhost/oci
    is "$output" application/vnd.oci.image.manifest.v1+json
    run 0 commit -q -f docker -m "a message" c localhost/docker
    run 0 image inspect -f '{{.ManifestType}} {{.Comment}}' localhost/docker
    is "$output" 'application/vnd.docker.distribution.manifest.v2+json a message'
    run 125 commit -q -m "a message" c
    says message docker
    run 125 commit -q -f tar c
    says tar oci docker
}

# The documents and the layer as an image for other tools.
write_dir() {  # write_dir IMAGE DIR
    mkdir "$2"
    python3 - "$SKIFF_ROOT" "$1" "$2" <<'PYTHON'
import pathlib, sqlite3, sys
root, image, out = sys.argv[1:]
row = sqlite3.connect(f"file:{root}/skiff.db?mode=ro", uri=True).execute("SELECT manifest, config, id FROM image WHERE id = ?", (image,)).fetchone()
out = pathlib.Path(out)
(out / "version").write_text("Directory Transport Version: 1.1\n")
(out / "manifest.json").write_text(row[0])
(out / row[2]).write_text(row[1])
PYTHON
}

test_other_tools_read_the_documents() {
    changed -e A=1
    local format id
    for format in oci docker; do
        run 0 commit -q -f $format -c 'LABEL k=v' c
        id=$output
        write_dir "$id" $format
        is "$(skopeo inspect --format '{{.Labels.k}} {{.Os}} {{len .Layers}}' "dir:$PWD/$format")" "v linux 2"
        is "$(skopeo inspect --config --format '{{range .RootFS.DiffIDs}}x{{end}}' "dir:$PWD/$format")" xx
    done
}

test_layer_digest_is_that_of_its_content() {
    changed
    run 0 commit -q c localhost/mine
    # Committed again, the same files are the same layer.
    local first second
    first=$(skiff image inspect -f '{{index .RootFS.Layers 1}}' localhost/mine)
    run 0 commit -q c localhost/again
    second=$(skiff image inspect -f '{{index .RootFS.Layers 1}}' localhost/again)
    is "$second" "$first"
}

test_sparse_files_stay_sparse() {
    run 0 run --name c "$IMAGE" sh -c 'truncate -s 64M /big && printf end >>/big'
    run 0 commit -q c sparse
    run 0 run --rm sparse sh -c 'wc -c </big; tail -c 3 /big; echo; du -k /big | cut -f 1'
    is "$(head -n 2 <<<"$output")" "$((64 * 1024 * 1024 + 3))
end"
    [ "$(tail -n 1 <<<"$output")" -lt 4096 ] || fail "takes $(tail -n 1 <<<"$output") KB"
    skiff export c | tar -xO big | tail -c 3 >end
    is "$(<end)" end
}

test_squash() {
    changed
    run 0 commit -q -s c localhost/flat
    run 0 image inspect -f '{{len .RootFS.Layers}} {{len .History}}' localhost/flat
    is "$output" "1 1"
    run 0 run --rm localhost/flat sh -c 'cat /new /d/e/f; stat -c %a /home; stat -c %h /hard; test -e /bin/vi || echo gone'
    is "$output" $'new\ndeep\n700\n2\ngone'
    start_sleeper r
    skiff exec r sh -c 'echo running >/marker; rm /bin/vi'
    run 0 commit -q -s r localhost/flat
    run 0 run --rm localhost/flat sh -c 'cat /marker; test -e /bin/vi || echo gone'
    is "$output" $'running\ngone'
}

test_slow_squash_of_five_hundred_layers() {
    {
        echo busybox
        for i in $(seq 504); do printf 'layer\nfile /f%s %s\n' "$i" "$i"; done
        printf 'layer\nfile /.wh.f1 x\n'
    } >description
    make_image many.tar <description
    run 0 load -q -i many.tar
    run 0 create --name c localhost/test true
    echo mine >mine && run 0 cp mine c:/mine
    run 0 commit -q -s c localhost/flat
    run 0 image inspect -f '{{len .RootFS.Layers}}' localhost/flat
    is "$output" 1
    run 0 run --rm localhost/flat sh -c 'ls / | grep -c "^f[0-9]"; cat /f504 /mine'
    is "$output" $'503\n504mine'
}

test_include_volumes() {
    run 0 create --name c -v /tmp:/data --tmpfs /t "$IMAGE" true
    run 0 commit -q c localhost/mine
    run 0 image inspect -f '{{json .Config}}' localhost/mine
    unlike "$output" Volumes
    run 0 commit -q --include-volumes c localhost/mine
    run 0 image inspect -f '{{json .Config.Volumes}}' localhost/mine
    is "$output" '{"/data":{},"/t":{}}'
}

test_pause() {
    start_sleeper c
    run 0 commit -q -p c localhost/mine
    is "$(state c)" running
    run 0 exec c echo thawed
    is "$output" thawed
    run 0 container history c
    like "$output" 'commit'
    # One that was paused stays so.
    run 0 pause c
    run 0 commit -q --pause c localhost/mine
    is "$(state c)" paused
    run 0 unpause c
}

test_iidfile_and_progress() {
    run 0 create --name c "$IMAGE" true
    run 0 commit --iidfile id c localhost/mine
    is "$(cat id)" "$output"
    like "$errors" "Copying blob sha256:[0-9a-f]+: done"
    run 0 commit -q c localhost/mine
    is "$errors" ""
    run 125 commit --iidfile no/such/directory/id c
    says iidfile
}

test_again_moves_the_name() {
    changed
    run 0 commit -q c localhost/mine
    local first=$output
    run 0 commit -q -c 'ENV X=1' c localhost/mine
    isnt "$output" "$first"
    run 0 image inspect -f '{{.RepoTags}}' "$first"
    is "$output" "[]"
    # A committed image is the base of the next container.
    run 0 run --name n localhost/mine sh -c 'rm -r /d; mkdir /d; echo x >/d/only'
    run 0 commit -q n localhost/next
    run 0 run --rm localhost/next ls /d
    is "$output" only
}

test_image_s_root_is_kept() {
    new_image localhost/strict <<'IMAGE'
busybox
dir / 0711
layer
file /x x
IMAGE
    run 0 run --rm localhost/strict stat -c %a /
    is "$output" 711
    run 0 run --name c localhost/strict sh -c 'echo y >/y'
    run 0 commit -q c localhost/mine
    run 0 run --rm localhost/mine stat -c %a /
    is "$output" 711
    run 0 run --name d localhost/strict chmod 755 /
    run 0 commit -q d localhost/mine
    run 0 run --rm localhost/mine stat -c %a /
    is "$output" 755
}

test_refuses() {
    run 125 commit nosuch
    says nosuch
    run 125 commit
    run 0 create --name c "$IMAGE" true
    run 125 commit c 'Not A Name'
    run 125 commit c ''
    run 125 commit c "localhost/x@sha256:$(printf '%064d' 0)"
    run 125 commit c a b
    mkdir -p tree/bin && cp /bin/busybox tree/bin/
    run 0 create --name r --rootfs "$PWD/tree" /bin/busybox true
    run 125 commit r
    says directory
}

test_names_that_a_layer_cannot_hold() {
    run 0 run --name c "$IMAGE" touch /.wh.file
    run 125 commit -q c localhost/mine
    says .wh.file
    run 1 image exists localhost/mine
    # As one layer of all it cannot either.
    run 125 commit -q -s c localhost/mine
}
