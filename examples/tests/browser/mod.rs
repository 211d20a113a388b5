//! A real browser, Chromium, that a test drives.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::time::{sleep, timeout};

/// Longer than any page takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program that starts browsers. It ends with the test.
pub(crate) struct Driver {
    process: Child,
    url: String,
    /// The profiles of the browsers.
    folder: PathBuf,
    /// Kept, because a program that writes to a closed pipe ends.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Driver {
    /// `None` if this machine has no Chromium. The gate needs one: `.ci/servers` installs it.
    pub(crate) fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").process_group(0);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut process) = command.spawn() else {
            let is_required = env::var("SESSION_SERVERS").is_ok_and(|value| value == "required");
            assert!(!is_required, "there is no chromedriver");
            eprintln!("not tested: there is no chromedriver");
            return None;
        };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let greeting = lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.contains("successfully on port"))
            .unwrap();
        let port = greeting.rsplit(' ').next().unwrap().trim_end_matches('.');
        let folder = format!("browsers-{}-{port}", std::process::id());
        Some(Self {
            folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder),
            process,
            url: format!("http://127.0.0.1:{port}"),
            _stdout: lines,
        })
    }

    /// A browser of a person who was never here.
    pub(crate) async fn browser(&self) -> Browser {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let profile = self.folder.join(number.to_string());
        Browser {
            client: self.open(&profile).await,
            profile,
        }
    }

    /// Closes the browser and opens it again, with what it keeps on disk.
    pub(crate) async fn restart(&self, browser: &mut Browser) {
        browser.client.clone().close().await.unwrap();
        browser.client = self.open(&browser.profile).await;
    }

    async fn open(&self, profile: &Path) -> Client {
        let options = json!({
            "args": [
                "--headless=new",
                "--no-sandbox", // its sandbox does not start for root
                "--disable-dev-shm-usage",
                "--password-store=basic",
                format!("--user-data-dir={}", profile.display()),
            ],
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&self.url).await;
        client.unwrap()
    }
}

/// The driver leaves its browsers behind, so its whole group ends. Nothing panics here: that would end the process in the
/// middle of a failed test.
impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) struct Browser {
    client: Client,
    profile: PathBuf,
}

impl Browser {
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// The address of the page, without the site.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    /// The text that a visitor sees.
    pub(crate) async fn text(&self) -> String {
        let text = self
            .client
            .execute("return document.body.innerText", vec![]);
        text.await.unwrap().as_str().unwrap().to_owned()
    }

    pub(crate) async fn shows(&self, text: &str) -> bool {
        self.text().await.contains(text)
    }

    /// Waits until a script has written this text into an element.
    pub(crate) async fn wait_for(&self, css: &str, text: &str) {
        let wait = async {
            let element = self.client.find(Locator::Css(css)).await.unwrap();
            while element.text().await.unwrap() != text {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, wait).await.unwrap();
    }

    pub(crate) async fn style(&self, css: &str, property: &str) -> String {
        let element = self.client.find(Locator::Css(css)).await.unwrap();
        element.css_value(property).await.unwrap()
    }

    pub(crate) async fn type_into(&self, field: &str, text: &str) {
        let css = format!("[name={field}]");
        let field = self.client.find(Locator::Css(&css)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(crate) async fn tick(&self, field: &str) {
        let css = format!("[name={field}]");
        let field = self.client.find(Locator::Css(&css)).await.unwrap();
        field.click().await.unwrap();
    }

    /// Clicks the button or the link with this text, and waits for the page that comes of it.
    pub(crate) async fn click(&self, text: &str) {
        let path = format!("//*[self::button or self::a][normalize-space()='{text}']");
        self.press(Locator::XPath(&path)).await;
    }

    /// Sends the form of the page with its own button. The head and the foot have forms too.
    pub(crate) async fn submit(&self) {
        self.press(Locator::Css("main button")).await;
    }

    /// A click returns before the next page is there, so the page of the button is marked.
    async fn press(&self, button: Locator<'_>) {
        let script = |text| self.client.execute(text, vec![]);
        script("window.isLeft = true").await.unwrap();
        let button = self.client.find(button).await.unwrap();
        button.click().await.unwrap();
        let is_there = "return !window.isLeft && document.readyState === 'complete'";
        let wait = async {
            while script(is_there).await.unwrap() != json!(true) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, wait).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Opens another tab and goes there.
    pub(crate) async fn new_tab(&self) -> WindowHandle {
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.to_tab(tab.clone()).await;
        tab
    }

    pub(crate) async fn tab(&self) -> WindowHandle {
        self.client.window().await.unwrap()
    }

    pub(crate) async fn to_tab(&self, tab: WindowHandle) {
        self.client.switch_to_window(tab).await.unwrap();
    }

    /// Closes this tab and goes to the first one.
    pub(crate) async fn close_tab(&self) {
        self.client.close_window().await.unwrap();
        let tabs = self.client.windows().await.unwrap();
        self.to_tab(tabs.first().unwrap().clone()).await;
    }
}
