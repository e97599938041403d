//! The files of deploy/ for containers: another program reads them, and what they name is there.

use crate::support::{real::Premises, verifier};
use serde_json::Value;
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The documents of each of these files. `None` where nothing reads YAML here.
fn documents(files: &[&str]) -> Option<Vec<Vec<Value>>> {
    let python = verifier::python_with_schemas()?;
    let mut command = Command::new(python);
    command.arg(root().join("tests/tools/yaml_as_json.py")).args(files.iter().map(|file| root().join(file)));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// `comity check` over deploy/comity.toml with these variables: each is one that there is, and what they say is right.
fn checked(variables: &[(String, String)], secrets: &str) {
    let premises = Premises::new(&[
        ("comity.toml", &read("deploy/comity.toml")),
        ("policy.toml", &read("policy.toml")),
        ("smtp-password", "geheim"),
        ("database-password", "geheim"),
    ]);
    for file in fs::read_dir(root().join("workflows")).unwrap().map(Result::unwrap) {
        let folder = premises.path().join("workflows");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    for secret in ["comity.toml", "smtp-password", "database-password"] {
        fs::set_permissions(premises.path().join(secret), fs::Permissions::from_mode(0o640)).unwrap();
    }
    let mut command = premises.comity(&["check"]);
    let here = premises.path().to_str().unwrap();
    let output = command.envs(variables.iter().map(|(name, value)| (name, value.replace(secrets, here)))).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let wrong = [("COMITY_DATA__DATABASES".to_owned(), "x".to_owned())];
    let refused = premises.comity(&["check"]).envs(wrong).output().unwrap();
    assert!(!refused.status.success(), "a variable that there isn't is found");
}

fn texts(values: &Value) -> BTreeSet<&str> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

fn keys(map: &Value) -> BTreeSet<&str> {
    map.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What stands in the Dockerfile after this word, on the one line that begins with it.
fn of_image(word: &str) -> String {
    let image = read("deploy/Dockerfile");
    let line = image.lines().find_map(|line| line.strip_prefix(word)).unwrap();
    line.trim().to_owned()
}

#[test]
fn what_compose_names_is_there() {
    let Some(files) = documents(&["deploy/compose.yaml"]) else { return };
    let compose = &files[0][0];
    let services = &compose["services"];
    let comity = &services["comity"];
    let variables: Vec<(String, String)> = comity["environment"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    checked(&variables, "/run/secrets");
    let listen = comity["environment"]["COMITY_WEB__LISTEN"].as_str().unwrap();
    let port = listen.rsplit(':').next().unwrap();
    assert_eq!(of_image("EXPOSE"), port);
    let health = comity["healthcheck"]["test"][3].as_str().unwrap();
    assert!(health.contains(&format!("/dev/tcp/127.0.0.1/{port};")) && health.contains("GET /readyz HTTP"), "{health}");
    assert!(read("src/web/public/mod.rs").contains(r#".route("/readyz","#));

    // Where the image looks for its files and keeps its data, and no more of it is written to.
    let places: BTreeSet<&str> = texts(&comity["volumes"]).iter().map(|v| v.split(':').nth(1).unwrap()).collect();
    let of_the_image: Vec<String> = serde_json::from_str(&of_image("VOLUME")).unwrap();
    assert_eq!(places, of_the_image.iter().map(String::as_str).collect());
    assert!(read("deploy/comity.toml").contains(&format!("directory = \"{}\"", of_the_image[1])));
    for (name, service) in services.as_object().unwrap() {
        assert_eq!(service["read_only"], true, "{name}");
        // The world gets in by Caddy alone.
        assert_eq!(service.get("ports").is_some(), name == "caddy", "{name}");
        for network in texts(&service["networks"]) {
            assert!(keys(&compose["networks"]).contains(network), "{network}");
        }
        for secret in service.get("secrets").map(texts).unwrap_or_default() {
            assert!(keys(&compose["secrets"]).contains(secret), "{secret}");
        }
        for volume in texts(&service["volumes"]).iter().filter(|volume| !volume.starts_with('.')) {
            assert!(keys(&compose["volumes"]).contains(volume.split(':').next().unwrap()), "{volume}");
        }
    }
    assert_eq!(texts(&services["postgres"]["networks"]), BTreeSet::from(["back"]));
    assert_eq!(compose["networks"]["back"]["internal"], true);
    for (name, value) in &variables {
        let secret = value.strip_prefix("/run/secrets/");
        assert!(secret.is_none_or(|secret| texts(&comity["secrets"]).contains(secret)), "{name}");
    }
}

#[test]
fn what_kubernetes_is_told_names_is_there() {
    let names = ["comity", "secrets", "volumes"].map(|name| format!("deploy/kubernetes/{name}.yaml"));
    let Some(files) = documents(&names.each_ref().map(String::as_str)) else { return };
    let all: Vec<&Value> = files.iter().flatten().collect();
    let of = |kind, name| named(&all, kind, name);
    let set = of("StatefulSet", "comity").unwrap();
    let pod = &set["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let variables: Vec<(String, String)> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap().to_owned(), one["value"].as_str().unwrap().to_owned()))
        .collect();
    checked(&variables, "/run/comity-secrets");

    let port = container["ports"][0]["containerPort"].to_string();
    let value = |name: &str| value_of(&variables, name);
    assert!(value("COMITY_WEB__LISTEN").ends_with(&format!(":{port}")));
    let routes = read("src/web/public/mod.rs");
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().unwrap();
        assert!(routes.contains(&format!(".route(\"{path}\",")), "{path}");
        // The other one sends nobody who wants to stop to a node whose database is away.
        assert_eq!(path, "/healthz");
    }
    for id in ["runAsUser", "fsGroup"] {
        assert_eq!(pod["securityContext"][id].to_string(), of_image("USER"), "{id}");
    }

    have_their_volumes(&all, &variables);

    // Services and the budget find the pods.
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    assert!(of("Service", set["spec"]["serviceName"].as_str().unwrap()).is_some());
    for (kind, selector) in [("Service", "/spec/selector"), ("PodDisruptionBudget", "/spec/selector/matchLabels")] {
        assert_eq!(of(kind, "comity").unwrap().pointer(selector), Some(labels), "{kind}");
    }
    assert_eq!(&set["spec"]["selector"]["matchLabels"], labels);
}

fn named<'a>(all: &[&'a Value], kind: &str, name: &str) -> Option<&'a Value> {
    all.iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name).copied()
}

fn value_of<'a>(variables: &'a [(String, String)], name: &str) -> &'a str {
    &variables.iter().find(|(one, _)| one == name).unwrap().1
}

/// Volumes, and what they are of.
fn have_their_volumes(all: &[&Value], variables: &[(String, String)]) {
    let set = named(all, "StatefulSet", "comity").unwrap();
    let pod = &set["spec"]["template"]["spec"];
    let [container, first] = [&pod["containers"][0], &pod["initContainers"][0]];
    let of = |kind, name| named(all, kind, name);
    let value = |name: &str| value_of(variables, name);
    let volumes: BTreeSet<&str> = (pod["volumes"].as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap()))
        .chain(set["spec"]["volumeClaimTemplates"][0]["metadata"]["name"].as_str())
        .collect();
    let mounts = |container: &'_ Value| -> Vec<(String, String)> {
        let mounts = container["volumeMounts"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        mounts.map(|mount| (text(&mount["name"]), text(&mount["mountPath"]))).collect()
    };
    for (name, _) in mounts(container).iter().chain(&mounts(first)) {
        assert!(volumes.contains(name.as_str()), "{name}");
    }
    let lies_in = |path: &str| mounts(container).iter().any(|(_, place)| Path::new(path).starts_with(place));
    for name in ["COMITY_DATA__DIRECTORY", "COMITY_DATA__CHECKPOINTS", "COMITY_DATA__PASSWORD_FILE"] {
        assert!(lies_in(value(name)), "{name}");
    }
    assert!(of_image("ENV COMITY_DIR=") == "/etc/comity" && lies_in("/etc/comity"));
    let script = first["args"][0].as_str().unwrap();
    assert!(script.contains(&format!("{}/keys/", value("COMITY_DATA__DIRECTORY"))), "{script}");
    for volume in pod["volumes"].as_array().unwrap() {
        if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
            assert!(of("PersistentVolumeClaim", claim).is_some(), "{claim}");
        }
        if volume["name"] == "secrets" {
            let secret = of("Secret", volume["secret"]["secretName"].as_str().unwrap()).unwrap();
            for name in keys(&secret["stringData"]) {
                let path = format!("/run/comity-secrets/{name}");
                assert!(variables.iter().any(|(_, value)| *value == path), "{path}");
            }
        }
    }
}
