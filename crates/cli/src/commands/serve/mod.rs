mod server;

use serde_json::json;

use self::server::Server;
use crate::args::ServeArgs;
use crate::loaded_study::LoadedStudy;
use crate::output::emit;

/// `jobs serve`
pub(super) fn run(args: &ServeArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let mut server = Server::bind(&args.listen)?;
    let address = server.address();
    if as_json {
        emit(&format!("{}\n", json!({ "address": address })))?;
    } else {
        let mut text = format!("The report of {} is at {address}\n", loaded.name());
        if server.has_token() {
            text.push_str("Whoever has this address can read it. The connection is not encrypted.\n");
        }
        text.push_str("Ctrl-C ends this, not the study.\n");
        emit(&text)?;
    }
    server.run(loaded)
}
